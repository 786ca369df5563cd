package io.ppmq.sim;

/** The counts of one life or of many. */
final class Tally {
  long lives;
  long events;
  long simulatedNanos;
  long restarts;
  long published;
  long confirmed;
  long delivered;
  long requeued;

  void add(Tally life) {
    lives += life.lives;
    events += life.events;
    simulatedNanos += life.simulatedNanos;
    restarts += life.restarts;
    published += life.published;
    confirmed += life.confirmed;
    delivered += life.delivered;
    requeued += life.requeued;
  }

  @Override
  public String toString() {
    return ("%,d events, %,d lives, %,d s simulated, %,d restarts, %,d published, %,d confirmed,"
            + " %,d delivered, %,d requeued")
        .formatted(
            events,
            lives,
            simulatedNanos / 1_000_000_000,
            restarts,
            published,
            confirmed,
            delivered,
            requeued);
  }
}
