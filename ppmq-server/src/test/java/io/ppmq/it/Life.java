package io.ppmq.it;

/**
 * A broker between its start and its end, and the confirmed messages that survive it. All survive a
 * kill. A loss of power may take messages, depending on the time of their confirm.
 */
final class Life {
  private final int number;
  private final long beganNanos;
  private volatile long keptBeforeNanos = Long.MAX_VALUE;

  /**
   * A life that begins.
   *
   * @param number the number of lives before it
   */
  Life(int number) {
    this.number = number;
    this.beganNanos = System.nanoTime();
  }

  int number() {
    return number;
  }

  long beganNanos() {
    return beganNanos;
  }

  /** Ends the life; messages confirmed after this moment are lost, earlier ones survive. */
  void endedKeepingBefore(long nanos) {
    keptBeforeNanos = nanos;
  }

  /**
   * The time of a confirm in this life, as text. A confirm near the end is more likely to be lost.
   */
  String when(long confirmedNanos) {
    long millis = (keptBeforeNanos - confirmedNanos) / 1_000_000;
    return keptBeforeNanos == Long.MAX_VALUE
        ? "in life " + number
        : "in life %d, %d ms before the last that it was allowed to lose".formatted(number, millis);
  }

  /** Whether a message confirmed in this life at that moment must exist. */
  boolean keeps(long confirmedNanos) {
    return keptBeforeNanos == Long.MAX_VALUE || confirmedNanos - keptBeforeNanos < 0;
  }
}
