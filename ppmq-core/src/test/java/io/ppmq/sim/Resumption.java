package io.ppmq.sim;

import io.ppmq.broker.request.Pause;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Ends every pause, so that everything can be delivered. It repeats this until the life is over: a
 * submitted pause takes effect only in a later turn of the writer, and a broker in an outage
 * refuses to end one.
 */
final class Resumption {
  private static final long LOOK_NANOS = 200_000_000L;

  private final Agenda agenda;
  private final Supplier<Set<Pause>> paused;
  private final Consumer<Pause> resume;

  Resumption(Agenda agenda, Supplier<Set<Pause>> paused, Consumer<Pause> resume) {
    this.agenda = agenda;
    this.paused = paused;
    this.resume = resume;
  }

  void begin() {
    paused.get().forEach(resume);
    agenda.in(LOOK_NANOS, this::begin);
  }
}
