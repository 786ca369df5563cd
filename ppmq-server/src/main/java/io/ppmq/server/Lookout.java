package io.ppmq.server;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.function.BooleanSupplier;

/**
 * Polls for the next event for a moment before a thread sleeps. The acknowledgement of a batch
 * arrives some ten microseconds after its push; to fall asleep and wake takes as long, and on a
 * virtual machine several times as long, on both sides.
 *
 * <p>After a poll without result the next polls are omitted, twice as many each time: a broker with
 * a message now and then sleeps in between. The poll yields to other threads. For one thread.
 */
final class Lookout {
  static final long LOOK_NANOS = 40_000;
  private static final int LEFT_OUT_MAX = 64;

  private final boolean alone;
  private int leaveOutNext = 1;
  private int toLeaveOut;

  /**
   * A lookout on a machine with this many processors; with one, nothing can arrive during a poll.
   */
  Lookout(int processors) {
    this.alone = processors == 1;
  }

  /**
   * Polls; returns whether the selector or {@code otherwise} had something. Returns false at once
   * if recent polls had no result.
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
