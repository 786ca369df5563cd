package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;

/** Checks the threads that the client has started. */
final class Threads {
  private Threads() {}

  /** Fails when a client thread does not end. */
  static void assertNoneLeft() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("ppmq-")) {
        thread.join(5_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }
}
