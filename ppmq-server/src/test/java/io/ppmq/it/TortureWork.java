package io.ppmq.it;

import java.util.Collection;

/** Work beside the kills, on its own thread. */
@FunctionalInterface
interface TortureWork {
  void run() throws Exception;

  /**
   * Starts it on a thread of this name.
   *
   * @param failures gets the reason of its end, unless it was interrupted
   */
  default Thread start(String name, Collection<Throwable> failures) {
    Thread thread =
        new Thread(
            () -> {
              try {
                run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Exception | AssertionError e) {
                failures.add(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
