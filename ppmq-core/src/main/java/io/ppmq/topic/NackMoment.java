package io.ppmq.topic;

import io.ppmq.store.Progress;

/**
 * The nack of one message, and the moment at which it comes due, by both clocks. The one that never
 * jumps is right as long as the process lives. After a restart there is only the wall clock, which
 * may have been set: then the message waits until that moment, and never longer than the nack asked
 * for.
 */
final class NackMoment {
  private Nack nack;
  private final long atNanos;
  private final long atMillis;
  private long waitMillis;

  /**
   * A nack that came at this moment.
   *
   * @param atNanos by the clock that never jumps
   * @param atMillis by the wall clock, in milliseconds since the epoch
   */
  NackMoment(Nack nack, long atNanos, long atMillis) {
    this.nack = nack;
    this.atNanos = atNanos;
    this.atMillis = atMillis;
  }

  /** The saved form, read at this moment. */
  static NackMoment resumed(Progress.Nacked saved, long nowNanos, long nowMillis) {
    NackMoment resumed = new NackMoment(new Nack(0, null), nowNanos, nowMillis);
    long left = Math.min(saved.untilMillis() - nowMillis, saved.retryAfterMillis());
    resumed.waitMillis = Math.max(0, left);
    return resumed;
  }

  Nack nack() {
    return nack;
  }

  /** The number of characters of its reason; 0 without one. */
  int reasonChars() {
    String reason = nack.reason();
    return reason == null ? 0 : reason.length();
  }

  /** Forgets the reason, for which there is no room while the message waits. */
  void forgetReason() {
    nack = new Nack(nack.retryAfterMillis(), null);
  }

  /** Sets the wait of a message that was sent this often. Returns false if it does not wait. */
  boolean waitsAfter(int attempts) {
    waitMillis = nack.retryAfterMillis(attempts);
    return waitMillis > 0;
  }

  /** The moment at which it may be sent again, by the clock that never jumps. */
  long dueNanos() {
    return atNanos + waitMillis * 1_000_000;
  }

  /** The form to be saved. */
  Progress.Nacked saved() {
    return new Progress.Nacked(Math.max(0, atMillis + waitMillis), waitMillis);
  }
}
