package io.ppmq.cluster.ratis;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;

/** Threads that keep no process alive. */
final class Threads {
  private Threads() {}

  static ThreadFactory named(String name) {
    return work -> {
      Thread made = new Thread(work, name);
      made.setDaemon(true);
      return made;
    };
  }

  static Thread start(String name, Runnable work) {
    Thread thread = named(name).newThread(work);
    thread.start();
    return thread;
  }

  /** A thread for repeated tasks. */
  static ScheduledExecutorService clock(String name) {
    return Executors.newSingleThreadScheduledExecutor(named(name));
  }
}
