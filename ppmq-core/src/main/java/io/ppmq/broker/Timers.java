package io.ppmq.broker;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Moments at which something is to be looked at again. A timer is not cancelled: whoever it wakes
 * looks whether there is still something to do.
 */
final class Timers {
  private final TreeMap<Long, List<Runnable>> due = new TreeMap<>();
  private final long origin;

  /** Timers on a clock that stands at {@code nowNanos}. */
  Timers(long nowNanos) {
    this.origin = nowNanos;
  }

  /** Runs {@code what} at the first {@link #run} after this moment. */
  void at(long nanos, Runnable what) {
    due.computeIfAbsent(nanos - origin, moment -> new ArrayList<>(1)).add(what);
  }

  /** Runs everything that is due. */
  void run(long nowNanos) {
    while (!due.isEmpty() && due.firstKey() <= nowNanos - origin) {
      due.pollFirstEntry().getValue().forEach(Runnable::run);
    }
  }

  /** How long until the next is due, at least 0; {@code max} if that is sooner. */
  long nanosToNext(long nowNanos, long max) {
    if (due.isEmpty()) {
      return max;
    }
    return Math.max(0, Math.min(max, due.firstKey() - (nowNanos - origin)));
  }
}
