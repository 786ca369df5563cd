package io.ppmq.it;

import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How slow this machine is while something is timed. A bound of time is meant for a machine with
 * nothing else to do; {@link #bound} stretches it by what the others who run took away, so that a
 * test fails for a slow broker and not for a busy machine.
 *
 * <p>A thread sleeps and works in turns. What it sleeps too long and how long its work takes beyond
 * its own CPU time is what anybody who wants to run has to wait.
 */
public final class Pace implements Closeable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long SLEEP_NANOS = 5_000_000;
  private static final long WORK_NANOS = 500_000;

  /** What is timed takes several threads' turns, and each may have to wait. */
  private static final int WAITS = 4;

  private final Thread thread = new Thread(this::run, "pace");
  private volatile boolean closed;
  private volatile long workedNanos = 1;
  private volatile long passedNanos = 1;
  private volatile long longestWaitNanos;

  private Pace() {}

  /** Measures from now on. */
  public static Pace watch() {
    Pace pace = new Pace();
    pace.thread.setDaemon(true);
    pace.thread.start();
    return pace;
  }

  private void run() {
    long workedAll = 1;
    long passedAll = 1;
    while (!closed) {
      long slept = System.nanoTime();
      LockSupport.parkNanos(SLEEP_NANOS);
      long begun = System.nanoTime();
      long cpu = THREADS.getCurrentThreadCpuTime();
      long worked = 0;
      while (worked < WORK_NANOS) {
        worked = THREADS.getCurrentThreadCpuTime() - cpu;
      }
      long passed = System.nanoTime() - begun;
      long waited = Math.max(begun - slept - SLEEP_NANOS, passed - worked);
      longestWaitNanos = Math.max(longestWaitNanos, waited);
      workedAll += worked;
      passedAll += Math.max(worked, passed);
      workedNanos = workedAll;
      passedNanos = passedAll;
    }
  }

  /** The longest that somebody who wanted to run had to wait so far. */
  public long longestWaitMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestWaitNanos) + 1;
  }

  /** Converts milliseconds of a quiet machine to those of this one, as measured so far. */
  public long bound(long millis) {
    return millis * passedNanos / workedNanos + WAITS * longestWaitMillis();
  }

  @Override
  public void close() {
    closed = true;
  }
}
