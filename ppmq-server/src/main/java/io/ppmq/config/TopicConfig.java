package io.ppmq.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A topic, and the subscribers that get its messages.
 *
 * @param name by which producers and acknowledgements speak of it
 * @param subscribers names, none twice; with none at all the topic accepts and drops
 * @param ackRetry how long after it was sent an unacknowledged message is sent again; zero: never
 * @param dedupe whether a newer message replaces a queued one of the same key
 * @param priorities how many there are, 1 to {@link #PRIORITIES_MAX}; 0 is the highest
 * @param expire whether messages expire; so they do where the limits say after how long
 * @param limits how much it may retain, and how often a message may be sent
 * @param publishers the unix users who may publish, by name or number; none: every user who can
 *     open the broker's socket
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
  /**
   * Each priority has a log, and a cursor per subscriber: many more would cost memory for nothing.
   */
  public static final int PRIORITIES_MAX = 1024;

  /** A topic without limits, for everybody. */
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
