package io.ppmq.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions, and no longer than necessary. */
final class Await {
  /** The time after which a test fails: far more than anything takes. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long POLL_NANOS = 5_000_000;

  private static final long SELDOM_NANOS = 100_000_000;

  private Await() {}

  /** Something that becomes true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits until the condition holds, at most for {@link #PATIENCE}. */
  static void until(String what, Condition condition) throws Exception {
    until(what, PATIENCE, condition);
  }

  static void until(String what, Duration atMost, Condition condition) throws Exception {
    until(what, atMost, POLL_NANOS, condition);
  }

  /** Waits for a condition that costs a program or several brokers work each time. */
  static void askingSeldom(String what, Condition condition) throws Exception {
    askingSeldom(what, PATIENCE, condition);
  }

  static void askingSeldom(String what, Duration atMost, Condition condition) throws Exception {
    until(what, atMost, SELDOM_NANOS, condition);
  }

  private static void until(String what, Duration atMost, long pollNanos, Condition condition)
      throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > atMost.toNanos()) {
        throw new AssertionError("not within " + atMost + ": " + what);
      }
      LockSupport.parkNanos(pollNanos);
    }
  }
}
