package io.ppmq.broker;

import io.ppmq.broker.commit.Syncer;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.store.Store;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The threads that work for a broker: they start together and end together, in an order in which
 * every caller that waits gets its answer. Where other machines keep the commits too there is no
 * syncer.
 */
final class BrokerThreads {
  private final Store store;
  private final Syncer syncer;
  private final TurnLoop loop;
  private final Reclaiming reclaiming;
  private final boolean syncs;
  private final Runnable work;
  private final AtomicBoolean ending = new AtomicBoolean();

  BrokerThreads(Store store, Syncer syncer, Writer writer, Inbox inbox, BrokerEvents events) {
    this.store = store;
    this.syncer = syncer;
    this.loop = new TurnLoop(writer, inbox, events);
    this.reclaiming = new Reclaiming(store, events);
    this.syncs = !writer.shares();
    this.work = syncs ? loop::work : inbox::wake;
  }

  /** The writer's turns. */
  TurnLoop loop() {
    return loop;
  }

  void start() {
    if (syncs) {
      syncer.start();
    }
    loop.start();
    reclaiming.start();
  }

  /** See {@link Broker#work}. */
  void work() {
    work.run();
  }

  /** See {@link Broker#stop}. */
  void stop() throws InterruptedException {
    if (!ending.compareAndSet(false, true)) {
      return;
    }
    reclaiming.end();
    loop.stop();
    syncer.stop();
    reclaiming.join();
    store.close();
  }

  /** See {@link Broker#abandon}. */
  void abandon(String reason) throws InterruptedException {
    boolean first = ending.compareAndSet(false, true);
    reclaiming.end();
    loop.abandon(reason);
    if (first && syncs) {
      syncer.stop();
    }
    reclaiming.join();
  }
}
