package io.ppmq.topic;

import io.ppmq.store.Entry;
import java.util.List;

/**
 * The configuration of a topic.
 *
 * @param name the topic's name
 * @param subscribers the names of its subscribers, each once
 * @param ackRetryMillis the time without an acknowledgement after which a message is redelivered; 0
 *     for never
 * @param dedupe whether a message replaces the one with the same key
 * @param priorities the number of priorities, at least 1
 * @param expire whether messages expire; if not, {@code Expires} is passed on and has no effect
 * @param limits the bounds on retained messages and deliveries
 * @param maxAgeMillis the age at which a message without an expiry of its own expires; 0 for never
 */
public record TopicSettings(
    String name,
    List<String> subscribers,
    long ackRetryMillis,
    boolean dedupe,
    int priorities,
    boolean expire,
    TopicLimits limits,
    long maxAgeMillis) {
  /**
   * The subscriber that keeps the dead letters of a topic which has no subscribers: the broker's
   * own, to which nothing is sent.
   */
  public static final String DEAD_LETTERS = "(dead letters)";

  /** The name of the delayed messages in the result of a purge; they belong to no subscriber. */
  public static final String DELAYED = "(delayed)";

  /** Messages that expire by their age in the same second are packed together. */
  private static final long AGE_STEP_MILLIS = 1000;

  private static final int DOUBLINGS_MAX = 40;

  /** Sending again any faster than that would cost time and help no subscriber. */
  private static final long RETRY_MILLIS_MIN = 10;

  /** Some 70 years; a moment further ahead than a clock can count is none. */
  private static final long RETRY_MILLIS_MAX = Long.MAX_VALUE / 4_000_000;

  /**
   * More than any topic has, so that no two priorities of a topic with unknown settings are merged.
   */
  private static final int RETIRED_PRIORITIES = 1024;

  /** Checks the bounds that the types do not express. */
  public TopicSettings {
    if (priorities < 1) {
      throw new IllegalArgumentException("topic " + name + " has " + priorities + " priorities");
    }
    if (ackRetryMillis < 0) {
      throw new IllegalArgumentException("topic " + name + " has AckRetry " + ackRetryMillis);
    }
    if (maxAgeMillis < 0 || (maxAgeMillis > 0 && !expire)) {
      throw new IllegalArgumentException(
          "topic " + name + " has MaxAge " + maxAgeMillis + ", Expire " + expire);
    }
    subscribers = List.copyOf(subscribers);
  }

  /** A topic in which a message without an expiry of its own never expires. */
  public TopicSettings(
      String name,
      List<String> subscribers,
      long ackRetryMillis,
      boolean dedupe,
      int priorities,
      boolean expire,
      TopicLimits limits) {
    this(name, subscribers, ackRetryMillis, dedupe, priorities, expire, limits, 0);
  }

  /** A topic without limits. */
  public TopicSettings(
      String name,
      List<String> subscribers,
      long ackRetryMillis,
      boolean dedupe,
      int priorities,
      boolean expire) {
    this(name, subscribers, ackRetryMillis, dedupe, priorities, expire, TopicLimits.NONE);
  }

  /** The same topic with these limits. */
  public TopicSettings with(TopicLimits changed) {
    return new TopicSettings(
        name, subscribers, ackRetryMillis, dedupe, priorities, expire, changed, maxAgeMillis);
  }

  /**
   * The names of all queues: the subscribers; without any, the broker's own queue for dead letters.
   */
  List<String> queueNames() {
    return subscribers.isEmpty() && limits.keepsDeadLetters() ? List.of(DEAD_LETTERS) : subscribers;
  }

  /**
   * The time that a delivery may stay unacknowledged, in milliseconds; 0 for no limit.
   *
   * @param attempt the number of the delivery, from 1
   */
  public long ackRetryMillis(int attempt) {
    if (limits.ackRetryMaxMillis() <= ackRetryMillis) {
      return ackRetryMillis;
    }
    int doublings = Math.min(attempt - 1, DOUBLINGS_MAX);
    long longest = limits.ackRetryMaxMillis() >> doublings;
    return ackRetryMillis >= longest ? limits.ackRetryMaxMillis() : ackRetryMillis << doublings;
  }

  /** The same in nanoseconds, if there is a limit, within a sensible range. */
  long ackRetryNanos(int attempt) {
    long millis = Math.max(ackRetryMillis(attempt), RETRY_MILLIS_MIN);
    return Math.min(millis, RETRY_MILLIS_MAX) * 1_000_000;
  }

  /** The same topic without subscribers: its messages are only stored. */
  public TopicSettings retired() {
    return new TopicSettings(
        name,
        List.of(),
        ackRetryMillis,
        dedupe,
        priorities,
        expire,
        TopicLimits.NONE,
        maxAgeMillis);
  }

  /** A topic without known settings: its messages are only stored, until they expire. */
  public static TopicSettings retired(String name) {
    return new TopicSettings(name, List.of(), 0, false, RETIRED_PRIORITIES, true);
  }

  /**
   * The moment at which a message that is stored, or due, at {@code fromMillis} expires by the
   * topic's rule; {@link Entry#NEVER} for never. Only for a message without an expiry of its own.
   */
  long ageEndMillis(long fromMillis) {
    if (maxAgeMillis == 0) {
      return Entry.NEVER;
    }
    long end = fromMillis + maxAgeMillis;
    return end < 0 ? Entry.NEVER : -Math.floorDiv(-end, AGE_STEP_MILLIS) * AGE_STEP_MILLIS;
  }

  /** The nearest priority that the topic has. */
  public int nearestPriority(int priority) {
    return Math.max(0, Math.min(priority, priorities - 1));
  }
}
