package io.ppmq.topic;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ages of messages at an event, counted by a few fixed bounds. Counting one takes a few
 * comparisons and two additions. Takes no memory before the first. Owned by the thread that owns
 * the topic; a copy does not change.
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

  /** A copy of the present counts. */
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
   * @param nowMillis the time of the event; an earlier one counts as age 0
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
   * The number of messages up to each age of {@link #BOUNDS_MILLIS} since the start, and at the end
   * the number of all. Ascends; empty when there was none.
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

  /** The sum of all ages, in milliseconds. */
  public long sumMillis() {
    return counts == null ? 0 : counts[SUM];
  }
}
