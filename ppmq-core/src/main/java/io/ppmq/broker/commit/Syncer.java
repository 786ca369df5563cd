package io.ppmq.broker.commit;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Puts commits on the disk on a thread of its own, so that the writer goes on meanwhile; everything
 * committed while one sync runs shares the next.
 *
 * <p>A failed sync never counts as done: the values that waited for it get the failure as their
 * answer.
 */
public final class Syncer implements Durability {
  private static final long RETRY_MILLIS = 200;

  private final Store store;
  private volatile SyncPolicy policy;
  private final BrokerEvents events;
  private final Clock clock;
  private final DurationCounts syncs = new DurationCounts();
  private final Thread thread = new Thread(this::run, "ppmq-sync");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private List<Answer> waiting = new ArrayList<>();
  private boolean dirty;

  /** The time of the first commit after which no sync has begun. */
  private long dirtySinceNanos;

  private boolean stopping;
  private boolean failing;

  public Syncer(Store store, SyncPolicy policy, BrokerEvents events, Clock clock) {
    this.store = store;
    this.policy = policy;
    this.events = events;
    this.clock = clock;
  }

  public void start() {
    thread.start();
  }

  /** Applies another policy; the new one syncs the commits that the old one left to the kernel. */
  public void apply(SyncPolicy next) {
    lock.lock();
    try {
      if (!policy.equals(next)) {
        policy = next;
        if (next.intervalMillis() > 0) {
          mark();
        }
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void committed(List<Answer> answers) {
    SyncPolicy now = policy;
    if (!now.beforeConfirm()) {
      answers.forEach(Answer::confirmed);
    }
    if (now.intervalMillis() == 0) {
      return;
    }
    lock.lock();
    try {
      boolean first = mark();
      if (now.beforeConfirm() && !answers.isEmpty()) {
        first |= waiting.isEmpty();
        waiting.addAll(answers);
      }
      if (first) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes that there is something to sync; returns whether there was nothing before. */
  private boolean mark() {
    boolean first = !dirty;
    if (first) {
      dirty = true;
      dirtySinceNanos = clock.nanos();
    }
    return first;
  }

  /** The durations of successful syncs. */
  public DurationCounts syncs() {
    return syncs;
  }

  /** Syncs the last commits, answers waiting values, and ends the thread. */
  public void stop() throws InterruptedException {
    lock.lock();
    try {
      stopping = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    thread.join();
  }

  private void run() {
    try {
      while (awaitWork()) {
        sync();
      }
      sync();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      events.bug(e);
    }
  }

  /** Waits until a sync is due; false when there will be no more work. */
  private boolean awaitWork() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!dirty && !stopping) {
        work.await();
      }
      SyncPolicy by = policy;
      long nanos = delayNanos();
      while (waiting.isEmpty() && !stopping && nanos > 0 && by.equals(policy)) {
        nanos = work.awaitNanos(nanos);
      }
      return !stopping;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The time for which the next sync may be delayed from now; {@link Long#MAX_VALUE} when there is
   * nothing to sync. Commits that came during a sync have waited for that long already.
   */
  public long delayNanos() {
    lock.lock();
    try {
      if (!dirty) {
        return Long.MAX_VALUE;
      }
      if (!waiting.isEmpty()) {
        return 0;
      }
      long delayMillis = failing ? RETRY_MILLIS : policy.delayMillis();
      long waitedNanos = clock.nanos() - dirtySinceNanos;
      return Math.max(0, TimeUnit.MILLISECONDS.toNanos(delayMillis) - waitedNanos);
    } finally {
      lock.unlock();
    }
  }

  /** Syncs once and answers the values that waited when it began; on the calling thread. */
  public void sync() {
    List<Answer> answers;
    lock.lock();
    try {
      answers = waiting;
      waiting = new ArrayList<>();
      dirty = false;
    } finally {
      lock.unlock();
    }
    try {
      long begunNanos = clock.nanos();
      store.sync();
      syncs.add(clock.nanos() - begunNanos);
      recovered();
      answers.forEach(Answer::confirmed);
    } catch (StoreException e) {
      failed(e);
      answers.forEach(answer -> answer.failed("the disk refused it: " + e.sentence()));
    }
  }

  private void recovered() {
    if (failing) {
      failing = false;
      events.storeRecovered();
    }
  }

  private void failed(StoreException e) {
    if (!failing) {
      failing = true;
      events.storeFailing(e.sentence());
    }
    lock.lock();
    try {
      dirty = true;
      dirtySinceNanos = clock.nanos(); // the next try is put off from now
    } finally {
      lock.unlock();
    }
  }
}
