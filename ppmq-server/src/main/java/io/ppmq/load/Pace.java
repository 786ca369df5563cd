package io.ppmq.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How much a producer publishes, and how fast.
 *
 * <p>With a rate the load is open: only the rate decides when a value is due, and its messages
 * count as sent at that moment, however late the producer writes them. So the latencies of a
 * stalled broker include all messages that would have been sent meanwhile.
 *
 * @param messagesMax the number of messages after which to end, rounded up to whole values
 * @param nanosMax the time after which to end, if that comes first
 * @param messagesPerSecond the rate of one producer; 0 for as fast as it goes
 * @param windowValues the most values that await a confirm; 0 asks for no confirms
 */
public record Pace(long messagesMax, long nanosMax, double messagesPerSecond, int windowValues) {
  /** A timer wakes a thread some 50 µs late, so the last part of a wait is a busy loop. */
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

  /** Whether the run is over after this many messages and this time. */
  boolean isOver(long messages, long nanos) {
    return messages >= messagesMax || nanos >= nanosMax;
  }

  /** The time from the start at which the message after {@code messages} others is due. */
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
