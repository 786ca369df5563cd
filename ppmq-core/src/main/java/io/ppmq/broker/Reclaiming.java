package io.ppmq.broker;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A thread that makes the store give back disk space, again and again. */
final class Reclaiming {
  private static final long RECLAIM_MILLIS = 500;

  private final Store store;
  private final BrokerEvents events;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "ppmq-reclaim");

  Reclaiming(Store store, BrokerEvents events) {
    this.store = store;
    this.events = events;
  }

  void start() {
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, reason) -> events.bug(reason));
    thread.start();
  }

  /** Begins no further pass. */
  void end() {
    end.countDown(); // an interrupt would close the files that a pass writes to
  }

  /** Blocks while the last pass is under way. */
  void join() throws InterruptedException {
    thread.join();
  }

  private void run() {
    boolean failing = false;
    while (true) {
      try {
        if (end.await(RECLAIM_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
        store.reclaim();
        if (failing) {
          events.storeRecovered();
        }
        failing = false;
      } catch (StoreException e) {
        if (!failing) {
          events.storeFailing(e.sentence());
        }
        failing = true;
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
