package io.ppmq.sim;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The last events; their text is made only on request. */
final class Trace {
  private static final int KEPT = 40;

  private final SimClock clock;
  private final @Nullable PrintStream printed;
  private final long[] nanos = new long[KEPT];
  private final List<Supplier<String>> words = new ArrayList<>();
  private int count;

  Trace(SimClock clock, @Nullable PrintStream printed) {
    this.clock = clock;
    this.printed = printed;
  }

  /** Notes an event; {@code what} must give the same text at any time. */
  void add(Supplier<String> what) {
    int slot = count % KEPT;
    nanos[slot] = clock.elapsedNanos();
    if (count < KEPT) {
      words.add(what);
    } else {
      words.set(slot, what);
    }
    count++;
    if (printed != null) {
      printed.println(line(slot));
    }
  }

  /** The last events, one on each line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (int i = Math.max(0, count - KEPT); i < count; i++) {
      lines.add(line(i % KEPT));
    }
    return lines;
  }

  private String line(int slot) {
    return "%13.6f s  %s".formatted(nanos[slot] / 1e9, words.get(slot).get());
  }
}
