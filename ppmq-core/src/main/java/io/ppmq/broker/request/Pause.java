package io.ppmq.broker.request;

import org.jspecify.annotations.Nullable;

/**
 * A pause of a topic, of a subscriber, or of one subscriber's part in one topic. Publishes and
 * acknowledgements meanwhile count as usual.
 *
 * @param topic the topic's name; null for all topics of the subscriber
 * @param subscriber the subscriber's name; null for all subscribers of the topic
 */
public record Pause(@Nullable String topic, @Nullable String subscriber) {
  private static final String KIND = "pause";
  private static final String SEPARATOR = "\t"; // no name holds a control character

  /** Refuses a pause of nothing. */
  public Pause {
    if (topic == null && subscriber == null) {
      throw new IllegalArgumentException("a pause of neither a topic nor a subscriber");
    }
  }

  /** Whether this keeps a subscriber's part in a topic from being pushed. */
  public boolean covers(String topicName, String subscriberName) {
    return (topic == null || topic.equals(topicName))
        && (subscriber == null || subscriber.equals(subscriberName));
  }

  /** The word by which it is marked in the store. */
  public String mark() {
    return KIND
        + SEPARATOR
        + (topic == null ? "" : topic)
        + SEPARATOR
        + (subscriber == null ? "" : subscriber);
  }

  /** The pause of a mark in the store; null when the mark is about something else. */
  public static @Nullable Pause of(String mark) {
    String[] parts = mark.split(SEPARATOR, -1);
    boolean isPause = parts.length == 3 && parts[0].equals(KIND);
    return isPause ? new Pause(name(parts[1]), name(parts[2])) : null;
  }

  private static @Nullable String name(String part) {
    return part.isEmpty() ? null : part;
  }
}
