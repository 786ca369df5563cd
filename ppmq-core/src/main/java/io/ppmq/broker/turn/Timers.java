package io.ppmq.broker.turn;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Actions that come due later, by the clock that never jumps. Each action checks whether there is
 * still something to do. Owned by the writer's thread.
 */
public final class Timers {
  /** Something that comes due. */
  public interface Due {
    /** It is due, in this turn. */
    void comes(Turn turn);
  }

  private final TreeMap<Long, List<Due>> due = new TreeMap<>();
  private final long origin;

  /** Timers on a clock that stands at {@code nowNanos}. */
  public Timers(long nowNanos) {
    this.origin = nowNanos;
  }

  /** Runs {@code what} at the first {@link #run} after this moment. */
  public void at(long nanos, Due what) {
    due.computeIfAbsent(nanos - origin, moment -> new ArrayList<>(1)).add(what);
  }

  /** Runs {@code what} at the next {@link #run}. */
  public void soon(Due what) {
    at(origin, what);
  }

  /** Does not run {@code what} at that moment, for which it was to be run. */
  public void forget(long nanos, Due what) {
    due.computeIfPresent(
        nanos - origin,
        (moment, dues) -> {
          dues.remove(what);
          return dues.isEmpty() ? null : dues;
        });
  }

  /** Runs everything that is due. */
  public void run(Turn turn) {
    while (!due.isEmpty() && due.firstKey() <= turn.nowNanos() - origin) {
      due.pollFirstEntry().getValue().forEach(what -> what.comes(turn));
    }
  }

  /** The time until the next is due, at least 0; {@code max} if that is sooner. */
  public long nanosToNext(long nowNanos, long max) {
    if (due.isEmpty()) {
      return max;
    }
    return Math.max(0, Math.min(max, due.firstKey() - (nowNanos - origin)));
  }
}
