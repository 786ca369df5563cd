package io.ppmq.sim;

import java.util.PriorityQueue;

/** What is to happen, in the order of time. */
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

  /** Does it after this many nanoseconds. */
  void in(long nanos, Runnable what) {
    entries.add(new Entry(clock.elapsedNanos() + nanos, turns++, what));
  }

  /** When the next thing happens; {@link Long#MAX_VALUE} when nothing does. */
  long nextNanos() {
    return entries.isEmpty() ? Long.MAX_VALUE : entries.peek().nanos;
  }

  void runNext() {
    entries.remove().what.run();
  }
}
