package io.ppmq.topic;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How old messages were when something became of them, counted by a few fixed bounds. To count one
 * takes a few comparisons and two additions. Takes no memory before the first. Owned by the thread
 * that owns the topic; a copy does not change.
 */
public final class AgeCounts {
  /** The upper bounds, in milliseconds, ascending; older messages are counted too. */
  public static final List<Long> BOUNDS_MILLIS =
      List.of(1L, 5L, 25L, 100L, 500L, 2500L, 10_000L, 60_000L, 600_000L, 3_600_000L, 86_400_000L);

  private static final AgeCounts NONE = new AgeCounts();

  private static final long[] BOUNDS = BOUNDS_MILLIS.stream().mapToLong(Long::longValue).toArray();

  /** Behind the last count, of the messages older than all bounds, is the sum of all ages. */
  private static final int SUM = BOUNDS.length + 1;

  private long @Nullable [] counts;

  AgeCounts() {}

  /** The same as it is now. */
  AgeCounts copy() {
    if (counts == null) {
      return NONE;
    }
    AgeCounts copy = new AgeCounts();
    copy.counts = Arrays.copyOf(counts, counts.length);
    return copy;
  }

  /**
   * Counts one message.
   *
   * @param sinceMillis when the message was stored or came due, by the wall clock; in milliseconds
   *     since the epoch
   * @param nowMillis a clock that was set back counts as no age
   */
  void add(long sinceMillis, long nowMillis) {
    if (counts == null) {
      counts = new long[SUM + 1];
    }
    long age = Math.max(0, nowMillis - sinceMillis);
    int bound = 0;
    while (bound < BOUNDS.length && age > BOUNDS[bound]) {
      bound++;
    }
    counts[bound]++;
    counts[SUM] += age;
  }

  /**
   * How many were no older than each of {@link #BOUNDS_MILLIS}, and at the end how many there were
   * at all, since the start. Ascends; empty when there was none.
   */
  public List<Long> cumulative() {
    if (counts == null) {
      return List.of();
    }
    Long[] cumulative = new Long[SUM];
    long sum = 0;
    for (int i = 0; i < SUM; i++) {
      sum += counts[i];
      cumulative[i] = sum;
    }
    return List.of(cumulative);
  }

  /** How old all of them were together, in milliseconds. */
  public long sumMillis() {
    return counts == null ? 0 : counts[SUM];
  }
}
