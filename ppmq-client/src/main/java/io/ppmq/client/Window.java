package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bound on the values under way on a connection, in values and in bytes, and a queue of the
 * values that no thread has taken to the socket yet. Safe for any thread.
 */
final class Window {
  private static final int BYTES_MAX = 16 << 20;

  private final Duration timeout;
  private final int valuesMax;

  /** Guards the fields below it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition moved = lock.newCondition();
  private final ArrayDeque<Value> queued = new ArrayDeque<>();
  private int values;
  private long bytes;
  private boolean closed;

  /**
   * Creates an empty window.
   *
   * @param timeout how long a value may take from when there is room for it to its confirm
   */
  Window(Duration timeout, int valuesMax) {
    if (timeout.isNegative() || timeout.isZero() || valuesMax < 1) {
      throw new IllegalArgumentException(
          "not above zero: timeout " + timeout + " or window " + valuesMax);
    }
    this.timeout = timeout;
    this.valuesMax = valuesMax;
  }

  Duration timeout() {
    return timeout;
  }

  /**
   * Adds a value; blocks while there is no room.
   *
   * @param confirm names the value in its answer
   * @param fields the fields of the value, without the braces
   * @param ended receives the failure or null when the value's room is free again
   * @param mayWait false on the thread that makes room
   * @throws IllegalStateException when the window is closed, or full and the caller may not wait
   */
  Value enter(long confirm, String fields, Consumer<@Nullable Exception> ended, boolean mayWait)
      throws InterruptedException {
    byte[] line = line(confirm, fields);
    lock.lockInterruptibly();
    try {
      while (isFullFor(line)) {
        if (!mayWait) {
          throw new IllegalStateException(
              "the window is full, and a thread that completes confirms must not wait");
        }
        moved.await();
      }
      return add(confirm, line, ended);
    } finally {
      lock.unlock();
    }
  }

  /** Adds a value without waiting; returns null while there is no room. */
  @Nullable Value tryEnter(long confirm, String fields) {
    byte[] line = line(confirm, fields);
    lock.lock();
    try {
      return isFullFor(line) ? null : add(confirm, line, failure -> {});
    } finally {
      lock.unlock();
    }
  }

  private static byte[] line(long confirm, String fields) {
    return ("{\"Confirm\":\"" + confirm + "\"," + fields + "}\n").getBytes(UTF_8);
  }

  private boolean isFullFor(byte[] line) {
    return !closed && values > 0 && (values >= valuesMax || bytes + line.length > BYTES_MAX);
  }

  private Value add(long confirm, byte[] line, Consumer<@Nullable Exception> ended) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    Value value = new Value(Long.toString(confirm), line, deadlineNanos, ended);
    values++;
    bytes += line.length;
    queued.add(value);
    return value;
  }

  /** Moves the values that no thread has taken yet, in order. */
  void drainTo(Queue<Value> unwritten) {
    lock.lock();
    try {
      unwritten.addAll(queued);
      queued.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Frees the room of a value that is about to end: with this failure, or confirmed if null. */
  void leave(Value value, @Nullable Exception failure) {
    lock.lock();
    try {
      values--;
      bytes -= value.length();
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    value.ended.accept(failure);
  }

  /** Accepts no more values; those under way stay. */
  void close() {
    lock.lock();
    try {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is under way, for at most {@code grace}. */
  void awaitEmpty(Duration grace) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = grace.toNanos();
      while (values > 0 && leftNanos > 0) {
        leftNanos = moved.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
