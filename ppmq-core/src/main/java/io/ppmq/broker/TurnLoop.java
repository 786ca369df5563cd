package io.ppmq.broker;

import io.ppmq.broker.commit.NotKeptException;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the writer's turns, one at a time: on a thread of its own, or on another thread that has
 * little work for it. Where other machines keep the commits too, a turn may wait for them, so the
 * writer takes its turns on its own thread only.
 */
final class TurnLoop {
  private final Writer writer;
  private final Inbox inbox;
  private final BrokerEvents events;
  private final AtomicLong turns = new AtomicLong();

  /** Held by the thread that takes a turn: the writer's own, or one that has little work for it. */
  private final ReentrantLock turn = new ReentrantLock();

  private volatile boolean ended;
  private volatile boolean stopping;

  /** The reason why nothing is committed any more; null while commits go on. */
  private volatile @Nullable String abandoned;

  private final Thread thread = new Thread(this::run, "ppmq-writer");

  TurnLoop(Writer writer, Inbox inbox, BrokerEvents events) {
    this.writer = writer;
    this.inbox = inbox;
    this.events = events;
  }

  void start() {
    thread.start();
  }

  /** Takes the last turn and ends. Blocks until it has. */
  void stop() throws InterruptedException {
    stopping = true;
    end();
  }

  /** Ends without another commit. Blocks until the turn that is being taken is over. */
  void abandon(String reason) throws InterruptedException {
    abandoned = reason;
    end();
  }

  private void end() throws InterruptedException {
    inbox.close();
    thread.join();
  }

  /** The reason why nothing is committed any more; null while commits go on. */
  @Nullable String abandoned() {
    return abandoned;
  }

  /** The number of turns so far. */
  long turns() {
    return turns.get();
  }

  /** See {@link Broker#work}. */
  void work() {
    if (inbox.isEmpty()) {
      return;
    }
    boolean idle = turn.tryLock();
    try {
      if (idle && writer.takesTasks()) {
        attempt(this::takeTurns);
      } else {
        inbox.wake();
      }
    } finally {
      if (idle) {
        turn.unlock();
      }
    }
  }

  private void run() {
    try {
      while (!stopping && !ended && abandoned == null) {
        attempt(this::takeTurn);
        inbox.await();
      }
      attempt(this::takeLastTurn);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeTurn() {
    rest(takeOne());
  }

  /** Takes a turn, and another if it follows at once, which costs less than waking the writer. */
  private void takeTurns() {
    long nanos = takeOne();
    rest(nanos == 0 ? takeOne() : nanos);
  }

  /** Takes a turn; returns the nanoseconds for which no other is needed. */
  private long takeOne() {
    long nanos = writer.turn(writer.takesTasks() ? inbox.take() : new ArrayList<>());
    turns.incrementAndGet();
    return nanos;
  }

  private void rest(long nanos) {
    if (writer.takesTasks()) {
      inbox.due(nanos);
    } else {
      inbox.rest(nanos);
    }
  }

  private void takeLastTurn() {
    String reason = abandoned;
    try {
      if (reason != null) {
        writer.abandon(reason);
        return;
      }
      if (writer.takesTasks()) {
        writer.turn(inbox.take());
      }
      writer.stop();
    } finally {
      ended = true;
    }
  }

  /** Makes the writer do something on this thread; an exception ends it. */
  private void attempt(Runnable step) {
    turn.lock();
    try {
      if (!ended) {
        step.run();
      }
    } catch (NotKeptException e) {
      lost(String.valueOf(e.getMessage()));
    } catch (StoreException e) {
      if (writer.shares()) {
        lost(e.sentence());
      } else {
        ended = true;
        events.storeLost(e);
      }
    } catch (RuntimeException | Error e) {
      ended = true;
      events.bug(e);
    } finally {
      turn.unlock();
    }
  }

  /** Notes that this writer can commit nothing any more; only the first call counts. */
  private void lost(String reason) {
    if (abandoned == null) {
      abandoned = reason;
      inbox.close();
      attempt(this::takeLastTurn);
      events.abandoned(reason);
    }
  }
}
