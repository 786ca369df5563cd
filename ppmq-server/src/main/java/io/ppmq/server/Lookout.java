package io.ppmq.server;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.function.BooleanSupplier;

/**
 * Polls for the next event, for a moment, before a thread goes to sleep. The acknowledgement of a
 * batch comes some ten microseconds after its push; to fall asleep and be woken takes as long, and
 * on a virtual machine several times that, on both sides.
 *
 * <p>Where polling finds nothing it is left out, twice as often each time: a broker that is given a
 * message now and then sleeps in between. Other threads that could run go first. For one thread.
 */
final class Lookout {
  static final long LOOK_NANOS = 40_000;
  private static final int LEFT_OUT_MAX = 64;

  private final boolean alone;
  private int leaveOutNext = 1;
  private int toLeaveOut;

  /** Looks out on a machine with a number of processors; with one, nothing comes while it looks. */
  Lookout(int processors) {
    this.alone = processors == 1;
  }

  /**
   * Whether something came within the moment, on the selector or otherwise; false at once where
   * looking has not paid lately.
   */
  @SuppressWarnings("ThreadPriorityCheck") // a courtesy to others; nothing relies on it
  boolean comesSoon(Selector selector, BooleanSupplier otherwise) throws IOException {
    if (alone) {
      return false;
    }
    if (toLeaveOut > 0) {
      toLeaveOut--;
      return false;
    }
    long endNanos = System.nanoTime() + LOOK_NANOS;
    do {
      if (selector.selectNow() > 0 || otherwise.getAsBoolean()) {
        leaveOutNext = 1;
        return true;
      }
      Thread.yield();
    } while (System.nanoTime() - endNanos < 0);
    toLeaveOut = leaveOutNext;
    leaveOutNext = Math.min(2 * leaveOutNext, LEFT_OUT_MAX);
    return false;
  }
}
