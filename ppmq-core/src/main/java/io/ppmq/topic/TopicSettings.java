package io.ppmq.topic;

import java.util.List;

/**
 * What a topic's configuration says of it.
 *
 * @param name the topic's name
 * @param subscribers the names of its subscribers, each once
 * @param ackRetryMillis after how long without an acknowledgement a message is redelivered; 0 for
 *     never
 * @param dedupe whether a message replaces the one of the same key
 * @param priorities how many priorities there are, at least 1
 * @param expire whether messages expire; if not, {@code Expires} is passed on and means nothing
 */
public record TopicSettings(
    String name,
    List<String> subscribers,
    long ackRetryMillis,
    boolean dedupe,
    int priorities,
    boolean expire) {

  /** Checks what the types do not say. */
  public TopicSettings {
    if (priorities < 1) {
      throw new IllegalArgumentException("topic " + name + " has " + priorities + " priorities");
    }
    if (ackRetryMillis < 0) {
      throw new IllegalArgumentException("topic " + name + " has AckRetry " + ackRetryMillis);
    }
    subscribers = List.copyOf(subscribers);
  }

  /** The nearest priority that the topic has. */
  public int nearestPriority(int priority) {
    return Math.max(0, Math.min(priority, priorities - 1));
  }
}
