package io.ppmq.broker.stats;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Durations, counted by a few fixed bounds. One thread adds and allocates nothing; any thread may
 * read.
 */
public final class DurationCounts {
  /** The upper bounds, in microseconds, ascending; longer durations are counted too. */
  public static final List<Long> BOUNDS_MICROS =
      List.of(
          100L,
          250L,
          500L,
          1000L,
          2500L,
          5000L,
          10_000L,
          25_000L,
          50_000L,
          100_000L,
          250_000L,
          1_000_000L,
          5_000_000L);

  private static final long[] BOUNDS_NANOS =
      BOUNDS_MICROS.stream().mapToLong(TimeUnit.MICROSECONDS::toNanos).toArray();

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_NANOS.length + 1);
  private volatile long sumNanos;

  /** Counts one duration. */
  public void add(long nanos) {
    int bound = 0;
    while (bound < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bound]) {
      bound++;
    }
    counts.setRelease(bound, counts.getPlain(bound) + 1);
    addToSum(nanos);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread adds
  private void addToSum(long nanos) {
    sumNanos += Math.max(0, nanos);
  }

  /**
   * The number of durations up to each of {@link #BOUNDS_MICROS} since the start, and at the end
   * the number of all. Ascends.
   */
  public List<Long> cumulative() {
    Long[] cumulative = new Long[counts.length()];
    long sum = 0;
    for (int i = 0; i < cumulative.length; i++) {
      sum += counts.getAcquire(i);
      cumulative[i] = sum;
    }
    return List.of(cumulative);
  }

  /** The sum of all durations, in nanoseconds. */
  public long sumNanos() {
    return sumNanos;
  }
}
