package io.ppmq.server;

import java.util.concurrent.TimeUnit;

/**
 * Bounds the lines of a log: a number at once, and one more after each pause. Counts lines beyond
 * that. For one thread.
 */
final class LogAllowance {
  /** The allowance for the refusals of one user. */
  static final int USER_BURST = 100;

  static final long USER_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The allowance for the refusals of all users together. */
  static final int ALL_BURST = 300;

  static final long ALL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final int burst;
  private final long eachNanos;

  /** The time at which the whole burst is allowed again. */
  private long freshAtNanos = System.nanoTime();

  private long suppressed;
  private boolean usedUp;

  LogAllowance(int burst, long eachNanos) {
    this.burst = burst;
    this.eachNanos = eachNanos;
  }

  /** Whether another line may be logged now. */
  boolean isAllowed(long nowNanos) {
    return freshAtNanos - nowNanos <= (burst - 1) * eachNanos;
  }

  /** Counts a logged line. */
  void take(long nowNanos) {
    freshAtNanos = (freshAtNanos - nowNanos > 0 ? freshAtNanos : nowNanos) + eachNanos;
    usedUp = false;
  }

  /** Counts a line that is not logged. */
  void suppress() {
    usedUp = true;
    suppressed++;
  }

  /** Whether the line before this one was not logged. */
  boolean isUsedUp() {
    return usedUp;
  }

  /** The number of lines not logged since the last call. */
  long takeSuppressed() {
    long count = suppressed;
    suppressed = 0;
    return count;
  }

  /** Whether the whole burst is allowed, and there are no lines left to report. */
  boolean isFresh() {
    return suppressed == 0 && freshAtNanos - System.nanoTime() <= 0;
  }
}
