package io.ppmq.compare;

import java.util.ArrayList;
import java.util.List;

/** Workers, each with a thread, that repeat their work until they are closed. */
final class Crew implements AutoCloseable {
  /** Waits for messages and processes them. */
  @FunctionalInterface
  interface Work {
    void once() throws Exception;
  }

  private final List<Thread> threads = new ArrayList<>();
  private final List<Runnable> closers = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Starts one more worker.
   *
   * @param closer closes the worker's connection
   */
  void add(Work work, Runnable closer) {
    Thread thread = new Thread(() -> run(work), "worker-" + threads.size());
    thread.setDaemon(true);
    threads.add(thread);
    closers.add(closer);
    thread.start();
  }

  private void run(Work work) {
    try {
      while (!closed) {
        work.once();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      if (!closed) {
        e.printStackTrace(); // to the log of the process; the run itself fails by its timeout
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
    closers.forEach(Runnable::run);
  }
}
