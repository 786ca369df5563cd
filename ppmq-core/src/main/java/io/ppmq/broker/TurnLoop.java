package io.ppmq.broker;

import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Has the writer take its turns, one at a time: on a thread of its own, or on one that has little
 * for it to do.
 */
final class TurnLoop {
  private final Writer writer;
  private final Inbox inbox;
  private final BrokerEvents events;
  private final AtomicLong turns = new AtomicLong();

  /** Held by who takes a turn: the writer's thread, or one that has little for it to do. */
  private final ReentrantLock turn = new ReentrantLock();

  private volatile boolean ended;
  private volatile boolean stopping;
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
    inbox.close();
    thread.join();
  }

  /** How many turns were taken. */
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
        attempt(this::takeTurn);
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
      while (!stopping && !ended) {
        attempt(this::takeTurn);
        inbox.await();
      }
      attempt(this::takeLastTurn);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeTurn() {
    long nanos = writer.turn(writer.takesTasks() ? inbox.take() : new ArrayList<>());
    turns.incrementAndGet();
    if (writer.takesTasks()) {
      inbox.due(nanos);
    } else {
      inbox.rest(nanos);
    }
  }

  private void takeLastTurn() {
    ended = true;
    if (writer.takesTasks()) {
      writer.turn(inbox.take());
    }
    writer.stop();
  }

  /** Has the writer do something, on this thread; what it throws is its end. */
  private void attempt(Runnable step) {
    turn.lock();
    try {
      if (!ended) {
        step.run();
      }
    } catch (StoreException e) {
      ended = true;
      events.storeLost(e);
    } catch (RuntimeException | Error e) {
      ended = true;
      events.bug(e);
    } finally {
      turn.unlock();
    }
  }
}
