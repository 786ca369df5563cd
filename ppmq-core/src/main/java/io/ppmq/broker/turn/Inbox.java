package io.ppmq.broker.turn;

import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The submissions and errands that wait for the writer, in the order in which they came.
 * Submissions are bounded in bytes, from the moment they come in until they are committed: beyond
 * that the thread that submits is blocked, so that sockets push back. Errands (the result of a
 * push, a look at the queues) are few and are never blocked.
 */
public final class Inbox {
  /**
   * Input that may wait to be committed. One submission may be larger when it is alone; then the
   * next one is not read, because each takes several times its size in memory.
   */
  public static final long BYTES_MAX = 512 << 10;

  /** An errand that is due only a little sooner than the writer wakes is not worth waking it. */
  private static final long LATE_NANOS_MAX = 100_000;

  /** With more bytes than this the writer works on its own thread, while this one reads on. */
  private static final long UNSAID_BYTES_MAX = 16 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private final Condition left = lock.newCondition();
  private List<Task> waiting = new ArrayList<>();
  private long bytes;
  private int blocked;

  /** The thread that was blocked last waits while there are more bytes than this. */
  private long blockedAbove;

  private long dueNanos;
  private boolean resting;
  private boolean nudged;
  private boolean closed;

  /** Something for the writer to do. */
  public sealed interface Task permits Task.Submitted, Task.Asked {
    /** Commands to be applied, and the settings by which their names were checked. */
    record Submitted(Submission submission, BrokerSettings checkedBy) implements Task {}

    /** Anything else. */
    record Asked(Errand errand) implements Task {}
  }

  /**
   * Adds a submission, blocking while there is no room for it, and after one larger than {@link
   * #BYTES_MAX} until it waits no more. While little waits, only {@link #wake} wakes the writer.
   *
   * @return false when closed
   */
  public boolean submit(Submission submission, BrokerSettings checkedBy)
      throws InterruptedException {
    lock.lockInterruptibly();
    try {
      awaitBytes(Math.max(0, BYTES_MAX - submission.bytes()));
      if (closed) {
        return false;
      }
      bytes += submission.bytes();
      waiting.add(new Task.Submitted(submission, checkedBy));
      if (bytes > UNSAID_BYTES_MAX) {
        came.signal();
      }
      awaitBytes(BYTES_MAX);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Blocks this thread while more bytes than these wait, and makes sure that a turn sees that. */
  private void awaitBytes(long most) throws InterruptedException {
    while (bytes > most && !closed) {
      nudged = true;
      came.signal();
      blocked++;
      blockedAbove = most;
      try {
        left.await();
      } finally {
        blocked--;
      }
    }
  }

  /** Whether a thread is blocked until what was taken is committed. */
  public boolean isFull() {
    lock.lock();
    try {
      return blocked > 0 && bytes > blockedAbove;
    } finally {
      lock.unlock();
    }
  }

  /** Adds an errand; false, and nothing happens, when closed. */
  public boolean errand(Errand errand) {
    lock.lock();
    try {
      if (!closed) {
        waiting.add(new Task.Asked(errand));
        came.signal();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing waits. */
  public boolean isEmpty() {
    lock.lock();
    try {
      return waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Makes {@link #await} check for waiting tasks. */
  public void wake() {
    lock.lock();
    try {
      if (!waiting.isEmpty()) {
        came.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Makes {@link #await} return after this time, if no task comes. */
  public void due(long nanos) {
    setDue(nanos, false);
  }

  /** Makes {@link #await} return after this time in any case. */
  public void rest(long nanos) {
    setDue(nanos, true);
  }

  private void setDue(long nanos, boolean whateverComes) {
    lock.lock();
    try {
      long next = System.nanoTime() + nanos;
      boolean sooner = resting != whateverComes || dueNanos - next > LATE_NANOS_MAX;
      if (sooner || next - dueNanos > 0) {
        dueNanos = next;
      }
      if (sooner) {
        came.signal();
      }
      resting = whateverComes;
    } finally {
      lock.unlock();
    }
  }

  /** Makes {@link #await} return at once, this time or the next, even while it rests. */
  public void nudge() {
    lock.lock();
    try {
      nudged = true;
      came.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a task comes or is due; takes nothing. */
  public void await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = dueNanos - System.nanoTime();
      while ((resting || waiting.isEmpty()) && nanos > 0 && !nudged && !closed) {
        came.awaitNanos(nanos);
        nanos = dueNanos - System.nanoTime();
      }
      nudged = false;
    } finally {
      lock.unlock();
    }
  }

  /** Takes all that waits; does not block. */
  public List<Task> take() {
    lock.lock();
    try {
      List<Task> taken = waiting;
      waiting = new ArrayList<>(Math.min(taken.size(), 1024));
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Frees the room that submissions of this size took. */
  public void committed(long submittedBytes) {
    if (submittedBytes == 0) {
      return;
    }
    lock.lock();
    try {
      bytes -= submittedBytes;
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new tasks; waiting ones can still be taken. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      came.signalAll();
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** When nothing is {@link #due}. */
  public static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);
}
