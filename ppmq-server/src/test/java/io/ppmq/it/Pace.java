package io.ppmq.it;

import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures how slow this machine is during a timed operation. A bound of time is meant for an idle
 * machine; {@link #bound} stretches it by the time that other processes take, so that a test fails
 * for a slow broker and not for a busy machine.
 *
 * <p>A thread alternately sleeps and works. The time that it oversleeps, and the time of its work
 * beyond its CPU time, is the time that any runnable thread has to wait.
 */
public final class Pace implements Closeable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long SLEEP_NANOS = 5_000_000;
  private static final long WORK_NANOS = 500_000;

  /** The number of threads in turn that a timed operation may have to wait for. */
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

  /** The longest wait of a runnable thread so far. */
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
