package io.ppmq.sim;

/** What happened in one life or in many. */
final class Tally {
  long lives;
  long events;
  long simulatedNanos;
  long restarts;
  long published;
  long confirmed;
  long delivered;

  void add(Tally life) {
    lives += life.lives;
    events += life.events;
    simulatedNanos += life.simulatedNanos;
    restarts += life.restarts;
    published += life.published;
    confirmed += life.confirmed;
    delivered += life.delivered;
  }

  @Override
  public String toString() {
    return "%,d events, %,d lives, %,d s simulated, %,d restarts, %,d published, %,d confirmed, %,d delivered"
        .formatted(
            events,
            lives,
            simulatedNanos / 1_000_000_000,
            restarts,
            published,
            confirmed,
            delivered);
  }
}
