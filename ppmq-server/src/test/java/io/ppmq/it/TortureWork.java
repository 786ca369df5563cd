package io.ppmq.it;

import java.util.Collection;

/** Something that goes on beside the kills, on a thread of its own. */
@FunctionalInterface
interface TortureWork {
  void run() throws Exception;

  /**
   * Begins it on a thread of this name.
   *
   * @param failures gets why it ended, unless it was interrupted
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
