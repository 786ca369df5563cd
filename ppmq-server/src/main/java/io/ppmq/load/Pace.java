package io.ppmq.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How much a producer publishes, and how fast.
 *
 * <p>With a rate the load is open: each value is due at a moment that the rate decides and nothing
 * else, and its messages count as sent at that moment, however late the producer came to write
 * them. A broker that stands still so pays for all who would have sent meanwhile.
 *
 * @param messagesMax after how many messages to end, rounded up to whole values
 * @param nanosMax end after so long, whichever comes first
 * @param messagesPerSecond the rate of one producer; 0 for as fast as it goes
 * @param windowValues how many values may await their confirm; 0 asks for none
 */
public record Pace(long messagesMax, long nanosMax, double messagesPerSecond, int windowValues) {
  /** A timer wakes some 50 µs late; the rest is waited for awake. */
  private static final long AWAKE_NANOS = 80_000;

  /** Checks the ranges. */
  public Pace {
    if (messagesMax < 0 || nanosMax < 0 || messagesPerSecond < 0 || windowValues < 0) {
      throw new IllegalArgumentException("a pace below zero");
    }
  }

  boolean isOpen() {
    return messagesPerSecond > 0;
  }

  /** Whether nothing more is to be sent after this many messages and this long. */
  boolean isOver(long messages, long nanos) {
    return messages >= messagesMax || nanos >= nanosMax;
  }

  /** When the message after {@code messages} others is due, counted from the start. */
  long dueNanos(long messages) {
    return (long) (messages / messagesPerSecond * TimeUnit.SECONDS.toNanos(1));
  }

  /** Waits until a moment of {@link System#nanoTime}, to within a few microseconds. */
  public static void await(long dueNanos) {
    long rest = dueNanos - System.nanoTime();
    while (rest > 0) {
      if (rest > AWAKE_NANOS) {
        LockSupport.parkNanos(rest - AWAKE_NANOS);
      } else {
        Thread.onSpinWait();
      }
      rest = dueNanos - System.nanoTime();
    }
  }
}
