package io.ppmq.it;

import java.time.Duration;

/** The work of a test before a moment, for which a busy machine may be too slow. */
final class InTime {
  private InTime() {}

  /** The work of a test before and after the moment. */
  @FunctionalInterface
  interface Attempt {
    /**
     * Does the work for a moment this far ahead; returns false if the moment came too soon for a
     * result.
     */
    boolean wasInTime(Duration ahead) throws Exception;
  }

  /** Tries with a moment this far ahead, then twice as far each time. */
  static void tried(Duration ahead, Attempt attempt) throws Exception {
    for (Duration next = ahead; !attempt.wasInTime(next); ) {
      next = next.multipliedBy(2);
      if (next.compareTo(Await.PATIENCE) > 0) {
        throw new AssertionError(
            "never done before a moment that is " + next.dividedBy(2) + " ahead");
      }
    }
  }
}
