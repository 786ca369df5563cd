package io.ppmq.it;

import java.time.Duration;

/** What a test has to do before a moment comes, which a busy machine may not manage. */
final class InTime {
  private InTime() {}

  /** All that a test does before and after the moment. */
  @FunctionalInterface
  interface Attempt {
    /**
     * Does it with a moment that is so far ahead; returns false where nothing is known because it
     * came too soon.
     */
    boolean wasInTime(Duration ahead) throws Exception;
  }

  /** Tries with a moment that is so far ahead, and then twice as far each time. */
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
