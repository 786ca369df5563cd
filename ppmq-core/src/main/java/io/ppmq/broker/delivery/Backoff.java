package io.ppmq.broker.delivery;

import io.ppmq.broker.turn.Turn;

/**
 * The pause before the broker tries an unreachable subscriber again: it doubles with each failure
 * until the subscriber is reached. Owned by the writer's thread.
 */
final class Backoff {
  static final long FIRST_NANOS = 50_000_000L;
  static final long LAST_NANOS = 5_000_000_000L;

  private long pauseNanos = FIRST_NANOS;
  private long untilNanos;
  private boolean waits;

  /** Whether the pause is not over yet. */
  boolean isWaiting(Turn turn) {
    return waits && turn.nowNanos() - untilNanos < 0;
  }

  /** Notes a failure; returns the moment at which the pause ends. */
  long begin(Turn turn) {
    waits = true;
    untilNanos = turn.nowNanos() + pauseNanos;
    pauseNanos = Math.min(pauseNanos * 2, LAST_NANOS);
    return untilNanos;
  }

  /** It was reached: the next pause is the shortest again. */
  void shorten() {
    pauseNanos = FIRST_NANOS;
  }

  /** The subscriber is there: the pause ends. */
  void end() {
    pauseNanos = FIRST_NANOS;
    waits = false;
  }
}
