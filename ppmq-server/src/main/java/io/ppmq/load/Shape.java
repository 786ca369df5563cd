package io.ppmq.load;

import java.util.List;

/**
 * What the messages of a load look like.
 *
 * @param topics the topics published to, a value to each in turn
 * @param payloadBytes how long a payload is, without its quotes; at least {@link
 *     #PAYLOAD_BYTES_MIN}
 * @param valueMessages how many messages are published in one value
 * @param priorities how many priorities are used in turn, 1 to 10
 * @param keys from how many keys each producer takes the keys of its messages in turn; 0 gives them
 *     none
 */
public record Shape(
    List<String> topics, int payloadBytes, int valueMessages, int priorities, long keys) {
  /** Room for what every payload begins with: when it was due, and its number. */
  public static final int PAYLOAD_BYTES_MIN = 32;

  private static final int PRIORITIES_MAX = 10;

  /** Refuses what cannot be sent. */
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
