package io.ppmq.load;

import java.util.List;

/**
 * The form of the messages of a load.
 *
 * @param topics the topics, each of which gets a value in turn
 * @param payloadBytes the length of a payload without its quotes, at least {@link
 *     #PAYLOAD_BYTES_MIN}
 * @param valueMessages the number of messages in a value
 * @param priorities the number of priorities to use in turn, 1 to 10
 * @param keys the number of keys that each producer uses in turn; 0 for messages without keys
 */
public record Shape(
    List<String> topics, int payloadBytes, int valueMessages, int priorities, long keys) {
  /** Room for the beginning of every payload: its due time and its number. */
  public static final int PAYLOAD_BYTES_MIN = 32;

  private static final int PRIORITIES_MAX = 10;

  /** Refuses shapes that cannot be sent. */
  public Shape {
    topics = List.copyOf(topics);
    if (topics.isEmpty()) {
      throw new IllegalArgumentException("a load without a topic");
    }
    if (payloadBytes < PAYLOAD_BYTES_MIN) {
      throw new IllegalArgumentException(
          "a payload of %d bytes: it needs %d".formatted(payloadBytes, PAYLOAD_BYTES_MIN));
    }
    if (valueMessages < 1 || priorities < 1 || priorities > PRIORITIES_MAX || keys < 0) {
      throw new IllegalArgumentException(
          "values of %d messages, %d priorities, %d keys"
              .formatted(valueMessages, priorities, keys));
    }
  }
}
