package io.ppmq.broker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What waits for the writer, in the order it came. Submissions are bounded in bytes, from the
 * moment they come in until they are committed: beyond that the one who submits is blocked, so that
 * sockets push back. Errands (what became of a push, a look at the queues) are few and are never
 * blocked.
 */
final class Inbox {
  /** Input that may wait to be committed; one submission may be larger when it is alone. */
  static final long BYTES_MAX = 512 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private final Condition left = lock.newCondition();
  private List<Task> waiting = new ArrayList<>();
  private long bytes;
  private boolean closed;

  /** Something for the writer to do. */
  sealed interface Task permits Task.Submitted, Task.Errand {
    /** Commands to be applied, and the settings by which their names were checked. */
    record Submitted(Submission submission, BrokerSettings checkedBy) implements Task {}

    /** Anything else. */
    record Errand(Consumer<Writer> what) implements Task {}
  }

  /** Adds a submission, blocking while there is no room for it; false when closed. */
  boolean submit(Submission submission, BrokerSettings checkedBy) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (bytes > 0 && bytes + submission.bytes() > BYTES_MAX && !closed) {
        left.await();
      }
      if (closed) {
        return false;
      }
      bytes += submission.bytes();
      add(new Task.Submitted(submission, checkedBy));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Adds an errand; false, and nothing happens, when closed. */
  boolean errand(Consumer<Writer> what) {
    lock.lock();
    try {
      if (!closed) {
        add(new Task.Errand(what));
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void add(Task task) {
    waiting.add(task);
    if (waiting.size() == 1) {
      came.signal();
    }
  }

  /** Takes all that waits, after waiting for something to come, at most so long. */
  List<Task> take(long nanosMax) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = nanosMax;
      while (waiting.isEmpty() && nanos > 0 && !closed) {
        nanos = came.awaitNanos(nanos);
      }
      List<Task> taken = waiting;
      waiting = new ArrayList<>(Math.min(taken.size(), 1024));
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the room again that submissions of this size took. */
  void committed(long submittedBytes) {
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

  /** Lets nothing more in; what waits can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      came.signalAll();
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The time of {@link #take} when there is no deadline. */
  static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);
}
