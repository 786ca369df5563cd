package io.ppmq.server;

import java.util.concurrent.TimeUnit;

/**
 * How many lines may be logged: a number at once, and one more after each pause. Lines beyond that
 * are counted. For one thread.
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

  /** When all of the burst would be allowed again. */
  private long freshAtNanos = System.nanoTime();

  private long suppressed;
  private boolean usedUp;

  LogAllowance(int burst, long eachNanos) {
    this.burst = burst;
    this.eachNanos = eachNanos;
  }

  /** Whether one more line may be logged now. */
  boolean isAllowed(long nowNanos) {
    return freshAtNanos - nowNanos <= (burst - 1) * eachNanos;
  }

  /** A line is logged. */
  void take(long nowNanos) {
    freshAtNanos = (freshAtNanos - nowNanos > 0 ? freshAtNanos : nowNanos) + eachNanos;
    usedUp = false;
  }

  /** A line is not logged. */
  void suppress() {
    usedUp = true;
    suppressed++;
  }

  /** Whether the line before this one was not logged. */
  boolean isUsedUp() {
    return usedUp;
  }

  /** How many lines were not logged since this was asked last. */
  long takeSuppressed() {
    long count = suppressed;
    suppressed = 0;
    return count;
  }

  /** Whether nothing was taken of it that has not come back, and nothing is left to be said. */
  boolean isFresh() {
    return suppressed == 0 && freshAtNanos - System.nanoTime() <= 0;
  }
}
