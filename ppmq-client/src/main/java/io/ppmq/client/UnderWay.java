package io.ppmq.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of one connection: those to be written, and those that are written and await their
 * confirm. Completes each value's future, and frees its room in the window. The thread that holds
 * the socket lock of the connection may use it.
 *
 * <pre>
 * unwritten → written → confirmed              normally, or {@link Refused}
 *   │           └─ broken, timed out           {@link Unconfirmed}
 *   ├─ broken while it was written, timed out  another IOException
 *   └─ cannot connect                          ConnectException
 * </pre>
 */
final class UnderWay {
  private static final int BUFFERS_PER_WRITE_MAX = 64;

  private final Address address;
  private final Window window;
  private final ArrayDeque<Value> unwritten = new ArrayDeque<>();
  private final Map<String, Value> written = new LinkedHashMap<>();

  UnderWay(Address address, Window window) {
    this.address = address;
    this.window = window;
  }

  void takeQueued() {
    window.drainTo(unwritten);
  }

  boolean isAnyUnwritten() {
    return !unwritten.isEmpty();
  }

  /**
   * Writes once, as much as the socket takes, and notes which values were written completely.
   *
   * @return the number of bytes that the socket took; it is full when a part of a value is left
   */
  long write(SocketChannel open) throws IOException {
    ByteBuffer[] buffers =
        unwritten.stream()
            .limit(BUFFERS_PER_WRITE_MAX)
            .map(value -> value.bytes)
            .toArray(ByteBuffer[]::new);
    long count = open.write(buffers);
    while (!unwritten.isEmpty() && !unwritten.element().bytes.hasRemaining()) {
      Value value = unwritten.remove();
      written.put(value.confirm, value);
    }
    return count;
  }

  /** Whether the last write ended within a value. */
  boolean isCut() {
    Value next = unwritten.peek();
    return next != null && next.bytes.position() > 0;
  }

  /** Ends the value that the broker's answer names, if it is under way. */
  void answer(Wire.Confirm answer) {
    Value value = answer.confirm() == null ? null : written.remove(answer.confirm());
    if (value == null) {
      return;
    }
    Exception failure = answer.failure();
    if (failure != null) {
      fail(value, failure);
    } else {
      window.leave(value, null);
      value.succeed(answer.gone());
    }
  }

  /**
   * Notes that the connection is gone. Values of which nothing was written wait for the next one.
   */
  void lose(String reason, @Nullable Exception cause) {
    String sentence = "not confirmed by " + address + ", maybe stored: " + reason;
    for (Value value : List.copyOf(written.values())) {
      written.remove(value.confirm);
      fail(value, new Unconfirmed(sentence, cause));
    }
    Value cut = unwritten.peek();
    if (cut != null && cut.bytes.position() > 0) {
      unwritten.remove();
      boolean whole = cut.bytes.remaining() <= 1; // all bytes except the line feed
      String cutSentence = "not sent completely to " + address + ", nothing stored: " + reason;
      fail(cut, whole ? new Unconfirmed(sentence, cause) : new IOException(cutSentence, cause));
    }
  }

  /** Fails the unwritten values, because the broker cannot be reached. */
  void failUnreachable(String reason, Exception cause) {
    while (!unwritten.isEmpty()) {
      ConnectException unreachable =
          new ConnectException("the broker at " + address + " is not reachable: " + reason);
      unreachable.initCause(cause);
      fail(unwritten.remove(), unreachable);
    }
  }

  /** Fails the unwritten values, because nothing will be written any more. */
  void failUnwritten(String reason) {
    while (!unwritten.isEmpty()) {
      fail(unwritten.remove(), new IOException("not sent to " + address + ": " + reason));
    }
  }

  /** The reason to treat the connection as broken because the broker took too long, or null. */
  @Nullable String overdue() {
    Value oldest = oldestWritten();
    if (oldest != null && oldest.isDue()) {
      return "no confirm within " + window.timeout().toMillis() + " ms";
    }
    Value next = unwritten.peek();
    return next != null && next.isDue()
        ? "not read by the broker within " + window.timeout().toMillis() + " ms"
        : null;
  }

  /** After {@link #lose}: fails the values whose time to be sent is over. */
  void failOverdue() {
    while (!unwritten.isEmpty() && unwritten.element().isDue()) {
      String within = " within " + window.timeout().toMillis() + " ms";
      fail(unwritten.remove(), new SocketTimeoutException("not sent to " + address + within));
    }
  }

  /**
   * The time until a value may be overdue. When nothing is under way, it is the time that each
   * value has, since a value that a sender writes meanwhile has no less.
   */
  long millisToDeadline() {
    Value oldest = oldestWritten();
    Value first = oldest == null ? unwritten.peek() : oldest;
    if (first == null) {
      return Math.max(1, window.timeout().toMillis());
    }
    long nanos = first.deadlineNanos - System.nanoTime();
    return Math.max(1, 1 + nanos / 1_000_000);
  }

  private @Nullable Value oldestWritten() {
    return written.isEmpty() ? null : written.values().iterator().next();
  }

  private void fail(Value value, Exception failure) {
    window.leave(value, failure);
    value.fail(failure);
  }
}
