package io.ppmq.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A topic, and the subscribers that get its messages.
 *
 * @param name the name for producers and acknowledgements
 * @param subscribers distinct names; a topic without subscribers accepts and drops
 * @param ackRetry the time after which an unacknowledged message is redelivered; zero: never
 * @param dedupe whether a newer message replaces a queued one of the same key
 * @param priorities the number of priorities, 1 to {@link #PRIORITIES_MAX}; 0 is the highest
 * @param expire whether messages expire; they also do if the limits set a maximum age
 * @param limits how much it may retain, and how often a message may be delivered
 * @param publishers the unix users that may publish, by name or number; empty means every user who
 *     can open the broker's socket
 */
public record TopicConfig(
    String name,
    List<String> subscribers,
    Duration ackRetry,
    boolean dedupe,
    int priorities,
    boolean expire,
    LimitsConfig limits,
    List<String> publishers) {
  /** Each priority has a log, and a cursor for each subscriber: many more would waste memory. */
  public static final int PRIORITIES_MAX = 1024;

  /** A topic without limits, for all users. */
  public TopicConfig(
      String name,
      List<String> subscribers,
      Duration ackRetry,
      boolean dedupe,
      int priorities,
      boolean expire) {
    this(name, subscribers, ackRetry, dedupe, priorities, expire, LimitsConfig.NONE, List.of());
  }

  /** Refuses with an {@link IllegalArgumentException} values that the parameters above rule out. */
  public TopicConfig {
    Checks.name(name);
    subscribers = List.copyOf(subscribers);
    publishers = List.copyOf(publishers);
    if (new HashSet<>(subscribers).size() < subscribers.size()) {
      throw new IllegalArgumentException("a subscriber twice in one topic: " + subscribers);
    }
    if (ackRetry.isNegative()) {
      throw new IllegalArgumentException("ackRetry is negative: " + ackRetry);
    }
    Checks.range("priorities", priorities, 1, PRIORITIES_MAX);
  }
}
