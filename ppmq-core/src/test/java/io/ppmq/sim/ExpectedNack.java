package io.ppmq.sim;

import org.jspecify.annotations.Nullable;

/**
 * An applied nack, and the time for which its message is not sent: by the monotonic clock, and from
 * one broker to the next by the wall clock, but never longer than requested.
 */
final class ExpectedNack {
  /** How long after its moment the message may be sent, and how precisely the moment is known. */
  private static final long LATE_NANOS = 100_000_000L;

  private static final long EXACT_NANOS = 1_000_000L;

  final long retryAfterMillis;
  final @Nullable String reason;

  /** The attempt that keeps it. */
  Submitted by;

  private long atNanos;
  private long atWallMillis;
  private long waitMillis;

  /** The requested pause, its beginning, and the longest remaining time. */
  private long askedMillis;

  private long askedAtWallMillis;
  private long longestMillis;
  private long carriedOutNanos;

  /** Whether the broker must know it. */
  boolean sure = true;

  /** Whether a broker died that had not kept it: later commits do not bring it back. */
  private boolean lost;

  /** The nack before it, which the broker has read if this one is not kept. */
  @Nullable ExpectedNack before;

  ExpectedNack(
      long retryAfterMillis,
      @Nullable String reason,
      Submitted by,
      long atNanos,
      long atWallMillis) {
    this.retryAfterMillis = retryAfterMillis;
    this.reason = reason;
    this.by = by;
    this.atNanos = atNanos;
    this.atWallMillis = atWallMillis;
    this.askedAtWallMillis = atWallMillis;
  }

  /** A copy for one of the messages that it names. */
  ExpectedNack copy() {
    ExpectedNack copy = new ExpectedNack(retryAfterMillis, reason, by, atNanos, atWallMillis);
    copy.waitMillis = waitMillis;
    copy.askedMillis = askedMillis;
    copy.askedAtWallMillis = askedAtWallMillis;
    copy.longestMillis = longestMillis;
    copy.before = before;
    copy.lost = lost;
    return copy;
  }

  /** A broker died, and this many attempts to commit are kept; returns whether it is. */
  boolean died(long kept, boolean powerLost) {
    lost |= !by.survives(kept, powerLost);
    return !lost;
  }

  /** Its message waits from now on, for this long from the moment of the nack. */
  void waits(long millis, long nowNanos) {
    waitMillis = millis;
    askedMillis = millis;
    longestMillis = millis;
    carriedOutNanos = nowNanos;
  }

  /**
   * The next broker has read it. If the clock went back and a broker died since, it has read the
   * requested pause, or the remaining time by the clock that had gone back.
   */
  void resumed(long nowNanos, long nowWallMillis) {
    if (before != null) {
      before = before.copy();
      before.resumed(nowNanos, nowWallMillis);
    }
    waitMillis = Math.max(0, Math.min(atWallMillis + waitMillis - nowWallMillis, waitMillis));
    longestMillis =
        Math.max(0, Math.min(askedAtWallMillis + askedMillis - nowWallMillis, askedMillis));
    atNanos = nowNanos;
    carriedOutNanos = nowNanos;
    atWallMillis = nowWallMillis;
  }

  /** The broker checks only now whether it has come due. */
  void seen(long nowNanos) {
    carriedOutNanos = nowNanos;
  }

  private long sinceDueNanos(long nowNanos, long millis) {
    return nowNanos - atNanos - millis * 1_000_000;
  }

  /** Whether its message must not be sent yet. */
  boolean forbids(long nowNanos) {
    return sure && sinceDueNanos(nowNanos, waitMillis) < -EXACT_NANOS;
  }

  /** Whether its message may still be held back. */
  boolean mayHold(long nowNanos) {
    long sinceNanos = sinceDueNanos(nowNanos, longestMillis);
    return Math.min(sinceNanos, nowNanos - carriedOutNanos) < LATE_NANOS
        || (before != null && before.mayHold(nowNanos));
  }

  @Override
  public String toString() {
    return "a nack of " + waitMillis + " ms";
  }
}
