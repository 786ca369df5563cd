package io.ppmq.sim;

import java.util.PriorityQueue;

/** Future events in the order of time. */
final class Agenda {
  private record Entry(long nanos, long turn, Runnable what) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int order = Long.compare(nanos, other.nanos);
      return order != 0 ? order : Long.compare(turn, other.turn);
    }
  }

  private final SimClock clock;
  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private long turns;

  Agenda(SimClock clock) {
    this.clock = clock;
  }

  /** Schedules an event after this many nanoseconds. */
  void in(long nanos, Runnable what) {
    entries.add(new Entry(clock.elapsedNanos() + nanos, turns++, what));
  }

  /** The time of the next event; {@link Long#MAX_VALUE} if there is none. */
  long nextNanos() {
    return entries.isEmpty() ? Long.MAX_VALUE : entries.peek().nanos;
  }

  void runNext() {
    entries.remove().what.run();
  }
}
