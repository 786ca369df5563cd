package io.ppmq.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a connection: those that wait for a commit, and those that its socket has not
 * taken yet. For the listener's thread.
 */
final class AnswerQueue {
  /** The most outstanding or unread answers; at more the connection is not read. */
  private static final int ANSWERS_MAX = 1024;

  /** Up to this many bytes the user of the connection need not be known. */
  private static final int LITTLE_BYTES = 4 << 10;

  private final WritableByteChannel channel;
  private final AnswerBudget budget;
  private final Supplier<UserShare> user;
  private @Nullable ArrayDeque<byte[]> unwritten;

  /** The number of written bytes of the first one. */
  private int begun;

  private @Nullable UserShare counted;
  private int due;
  private long bytes;
  private long unwrittenBytes;
  private long stuckSinceNanos;
  private boolean deaf;

  AnswerQueue(WritableByteChannel channel, AnswerBudget budget, Supplier<UserShare> user) {
    this.channel = channel;
    this.budget = budget;
    this.user = user;
  }

  /** An answer with a text of about this length will follow. */
  void expect(int length) {
    due++;
    count(length + AnswerBudget.ANSWER_BYTES);
  }

  /** The expected answer of this length has arrived, or will not arrive. */
  void settle(int length) {
    due--;
    count(-length - AnswerBudget.ANSWER_BYTES);
  }

  private void count(long more) {
    bytes += more;
    budget.add(more);
    if (counted != null) {
      counted.answerBytes += more;
    } else if (bytes > LITTLE_BYTES) {
      counted = user.get();
      counted.answerBytes += bytes;
    }
  }

  private static int size(byte[] line) {
    return line.length + AnswerBudget.ANSWER_BYTES;
  }

  /**
   * Makes a short line wait for others that arrive at the same time, until {@link #write()} is
   * called.
   *
   * @return false if the line does not wait: it is long, or the peer no longer reads
   */
  boolean join(byte[] line) {
    boolean joins =
        !deaf
            && line.length <= AnswerBudget.SHORT_BYTES_MAX
            && unwrittenBytes + size(line) <= AnswerBudget.JOINING_BYTES_MAX;
    if (joins) {
      add(line);
    }
    return joins;
  }

  /** Writes the waiting answers, and then this line; nothing if the peer no longer reads. */
  boolean write(byte[] line) throws IOException {
    add(line);
    return write();
  }

  /** Makes a line wait until {@link #write} is called; drops it if the peer no longer reads. */
  void add(byte[] line) {
    if (deaf) {
      return;
    }
    if (unwritten == null) {
      unwritten = new ArrayDeque<>(4);
    }
    if (unwritten.isEmpty()) {
      stuckSinceNanos = System.nanoTime();
    }
    unwritten.add(line);
    unwrittenBytes += size(line);
    count(size(line));
  }

  /**
   * Writes as much as the socket takes, short lines together.
   *
   * @return whether the socket took anything
   * @throws IOException if the peer no longer reads; waiting and later answers are dropped
   */
  boolean write() throws IOException {
    boolean moved = false;
    try {
      while (unwritten != null && !unwritten.isEmpty()) {
        ByteBuffer next = next(unwritten);
        int bytes = next.remaining();
        int count = channel.write(next);
        moved |= count > 0;
        written(unwritten, count);
        if (count < bytes) {
          break;
        }
      }
    } catch (IOException gone) {
      drop();
      throw gone;
    }
    if (moved && hasUnwritten()) {
      stuckSinceNanos = System.nanoTime();
    }
    return moved;
  }

  /** The rest of the first line, joined with following lines if they fit. */
  private ByteBuffer next(ArrayDeque<byte[]> lines) {
    byte[] first = lines.element();
    ByteBuffer joined = budget.joined().clear();
    if (lines.size() == 1 || first.length - begun > joined.remaining()) {
      return ByteBuffer.wrap(first, begun, first.length - begun);
    }
    int from = begun;
    for (byte[] line : lines) {
      if (line.length - from > joined.remaining()) {
        break;
      }
      joined.put(line, from, line.length - from);
      from = 0;
    }
    return joined.flip();
  }

  private void written(ArrayDeque<byte[]> lines, int bytes) {
    begun += bytes;
    while (!lines.isEmpty() && begun >= lines.element().length) {
      byte[] line = lines.remove();
      begun -= line.length;
      unwrittenBytes -= size(line);
      count(-size(line));
    }
  }

  /** The peer no longer reads answers: drops them. */
  void drop() {
    deaf = true;
    unwritten = null;
    begun = 0;
    count(-unwrittenBytes);
    unwrittenBytes = 0;
  }

  boolean isDeaf() {
    return deaf;
  }

  /** Whether the connection must not be read, because too many answers wait in it. */
  boolean isFull() {
    return !deaf && (due >= ANSWERS_MAX || room() <= 0);
  }

  /** The room for further answers, in bytes. */
  long room() {
    if (bytes <= LITTLE_BYTES && !budget.isScarce()) {
      return AnswerBudget.CONNECTION_BYTES_MAX;
    }
    return budget.connectionBytesMax(user.get()) - bytes;
  }

  boolean hasUnwritten() {
    return unwritten != null && !unwritten.isEmpty();
  }

  /** Whether there is nothing to write, now or later. */
  boolean isDone() {
    return deaf || (due == 0 && !hasUnwritten());
  }

  boolean isDue() {
    return due > 0;
  }

  /** The bytes that the peer has not read. */
  long unwrittenBytes() {
    return unwrittenBytes;
  }

  /**
   * Whether its peer is a worse offender than the other's, by the unread answers of the users and
   * then of the connections.
   */
  boolean isWorseThan(AnswerQueue other) {
    long usersMore = user.get().answerBytes - other.user.get().answerBytes;
    return usersMore > 0 || (usersMore == 0 && unwrittenBytes > other.unwrittenBytes);
  }

  /** The time since the peer last read one of the waiting answers. */
  long stuckNanos(long nowNanos) {
    return hasUnwritten() ? nowNanos - stuckSinceNanos : 0;
  }
}
