package io.ppmq.it;

/**
 * One broker between its start and its end, and what of its word outlives it. Everything that was
 * confirmed outlives a kill. What a loss of power may take depends on when it was confirmed.
 */
final class Life {
  private final int number;
  private final long beganNanos;
  private volatile long keptBeforeNanos = Long.MAX_VALUE;

  /**
   * A life that begins.
   *
   * @param number how many there were before it
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

  /** Ends with the loss of what was confirmed later than this, and of nothing before. */
  void endedKeepingBefore(long nanos) {
    keptBeforeNanos = nanos;
  }

  /** When this life confirmed something, in words: nearer to its end is likelier to be lost. */
  String when(long confirmedNanos) {
    long millis = (keptBeforeNanos - confirmedNanos) / 1_000_000;
    return keptBeforeNanos == Long.MAX_VALUE
        ? "in life " + number
        : "in life %d, %d ms before the last that it was allowed to lose".formatted(number, millis);
  }

  /** Whether what was confirmed in this life at that moment is there as far as anyone can know. */
  boolean keeps(long confirmedNanos) {
    return keptBeforeNanos == Long.MAX_VALUE || confirmedNanos - keptBeforeNanos < 0;
  }
}
