package io.ppmq.client;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a subscriber's handlers: those of the given executor, or threads of its own. The
 * subscriber starts a thread when work comes and no thread is free. A thread ends after {@value
 * #IDLE_SECONDS} s without work. There are at most {@value #THREADS_MAX} threads; beyond that work
 * waits.
 */
final class HandlerThreads implements Executor {
  private static final int THREADS_MAX = 256;
  private static final int IDLE_SECONDS = 10;

  /** Takes a task only when a thread waits for one, so the pool grows before tasks queue. */
  @SuppressWarnings("serial") // never written
  private static final class HandOver extends LinkedTransferQueue<Runnable> {
    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }

    void keep(Runnable task) {
      var unused = super.offer(task);
    }
  }

  private final Executor executor;
  private final @Nullable ExecutorService own;

  private HandlerThreads(Executor executor, @Nullable ExecutorService own) {
    this.executor = executor;
    this.own = own;
  }

  static HandlerThreads of(SubscriberBuilder options) {
    Executor given = options.executor;
    if (given != null) {
      return new HandlerThreads(given, null);
    }
    ExecutorService own = open(options.name);
    return new HandlerThreads(own, own);
  }

  private static ExecutorService open(String subscriber) {
    HandOver tasks = new HandOver();
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        THREADS_MAX,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        tasks,
        task -> {
          String name = "ppmq-handler-" + subscriber + "-" + number.incrementAndGet();
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        },
        (task, pool) -> {
          if (!pool.isShutdown()) {
            tasks.keep(task); // all threads are busy
          }
        });
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /**
   * Ends the subscriber's own threads and interrupts running handlers; a given executor stays open.
   */
  void end() {
    if (own != null) {
      own.shutdownNow();
    }
  }
}
