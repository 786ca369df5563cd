package io.ppmq.client;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a subscriber's handlers: those of the executor that it was given, or its own. Of
 * these one is started when work comes and none is free, and ends after {@value #IDLE_SECONDS} s
 * without work. There are {@value #THREADS_MAX} at most; beyond that work waits.
 */
final class HandlerThreads implements Executor {
  private static final int THREADS_MAX = 256;
  private static final int IDLE_SECONDS = 10;

  /** Takes a task only where a thread waits for one: the pool grows before anything queues. */
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

  /** Ends its own threads, interrupting those still at work; a given executor stays. */
  void end() {
    if (own != null) {
      own.shutdownNow();
    }
  }
}
