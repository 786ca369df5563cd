package io.ppmq.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions, and never longer than it must. */
final class Await {
  /** How long anything may take before a test fails: far more than it does take. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long POLL_NANOS = 5_000_000;

  private Await() {}

  /** Something that becomes true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits until the condition holds, for as long as the patience lasts. */
  static void until(String what, Condition condition) throws Exception {
    until(what, PATIENCE, condition);
  }

  static void until(String what, Duration atMost, Condition condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > atMost.toNanos()) {
        throw new AssertionError("not within " + atMost + ": " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
