package io.ppmq.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One worker of a subscriber: runs one {@link Session} after another on its own thread. After a
 * failed session, or one that could not begin, it pauses; the pause grows from {@value
 * #PAUSE_MILLIS_MIN} to {@value #PAUSE_MILLIS_MAX} ms until the broker accepts the subscription
 * again.
 */
final class Worker implements Runnable {
  private static final long PAUSE_MILLIS_MIN = 50;
  private static final long PAUSE_MILLIS_MAX = 5_000;

  private final SubscriberBuilder options;
  private final Handling handling;
  private final Consumer<@Nullable Refused> end;

  /** Guards the fields below it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private @Nullable Session session;
  private boolean stopped;

  /**
   * Creates a worker; {@link #run} executes it.
   *
   * @param end receives the broker's final refusal, or null, when the worker has ended
   */
  Worker(SubscriberBuilder options, Handling handling, Consumer<@Nullable Refused> end) {
    this.options = options;
    this.handling = handling;
    this.end = end;
  }

  @Override
  public void run() {
    Refused refused = null;
    try {
      refused = serve();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end.accept(refused);
    }
  }

  private @Nullable Refused serve() throws InterruptedException {
    long pauseMillis = PAUSE_MILLIS_MIN;
    boolean told = false;
    while (true) {
      boolean served = false;
      Exception failure;
      try {
        Session next = open();
        if (next == null) {
          return null;
        }
        next.run();
        Refused refusal = next.refusal();
        if (refusal != null && refusal.isFinal()) {
          return refusal;
        }
        served = next.wasServed();
        failure = refusal == null ? next.failure() : refusal;
      } catch (IOException e) {
        failure = e;
      }
      if (!isStopped() && (served || !told)) {
        String sentence = "subscriber " + options.name + " is not connected, trying again";
        options.problems.report(sentence, failure);
      }
      told = true;
      pauseMillis = served ? PAUSE_MILLIS_MIN : Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX);
      pause(pauseMillis);
    }
  }

  /**
   * Opens the next session; returns null after {@link #stop}.
   *
   * @throws IOException when the process can open no more files, for example
   */
  private @Nullable Session open() throws IOException {
    lock.lock();
    try {
      session = stopped ? null : new Session(options, handling);
      return session;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      lock.unlock();
    }
  }

  private boolean isStopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  private void pause(long millis) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!stopped && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the worker once its handlers have ended; does not wait. */
  void stop() {
    Session last;
    lock.lock();
    try {
      stopped = true;
      last = session;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    handling.stop();
    if (last != null) {
      last.stop();
    }
  }

  Handling handling() {
    return handling;
  }
}
