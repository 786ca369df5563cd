package io.ppmq.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one connection: those that are due when a commit is done, and those that its
 * socket has not taken yet. For the listener's thread.
 */
final class AnswerQueue {
  /** Answers that may be outstanding or unread before nothing more is read. */
  private static final int ANSWERS_MAX = 1024;

  /** The user of a connection is not asked for until it has more than this. */
  private static final int LITTLE_BYTES = 4 << 10;

  private final WritableByteChannel channel;
  private final AnswerBudget budget;
  private final Supplier<UserShare> user;
  private @Nullable ArrayDeque<byte[]> unwritten;

  /** How many bytes of the first of them are written. */
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

  /** An answer with a text of about this length will come. */
  void expect(int length) {
    due++;
    count(length + AnswerBudget.ANSWER_BYTES);
  }

  /** The answer that was expected with this length is there, or will not come. */
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
   * Has a short line wait for others that come at the same time, until {@link #write()} is called.
   *
   * @return false for a line that is to be written at once: a long one, or one for a peer that does
   *     not read any more
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

  /**
   * Writes the waiting answers, and then this line; nothing when the peer does not read any more.
   */
  boolean write(byte[] line) throws IOException {
    add(line);
    return write();
  }

  /**
   * Has a line wait until {@link #write} is called; drops it when the peer does not read any more.
   */
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
   * @return whether it took anything
   * @throws IOException when the peer does not read any more; waiting answers are dropped, and so
   *     are later ones
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

  /** The rest of the first line, and the lines after it that can be written with it. */
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

  /** The peer does not read answers any more: drops them. */
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

  /** Whether there are enough that nothing more is to be read. */
  boolean isFull() {
    return !deaf && (due >= ANSWERS_MAX || room() <= 0);
  }

  /** How many bytes of answers there is room for. */
  long room() {
    if (bytes <= LITTLE_BYTES && !budget.isScarce()) {
      return AnswerBudget.CONNECTION_BYTES_MAX;
    }
    return budget.connectionBytesMax(user.get()) - bytes;
  }

  boolean hasUnwritten() {
    return unwritten != null && !unwritten.isEmpty();
  }

  /** Whether nothing is to be written, now or later. */
  boolean isDone() {
    return deaf || (due == 0 && !hasUnwritten());
  }

  boolean isDue() {
    return due > 0;
  }

  /** How much the peer does not read. */
  long unwrittenBytes() {
    return unwrittenBytes;
  }

  /** Whether its peer is a worse offender, by the unread answers of its user and its own. */
  boolean isWorseThan(AnswerQueue other) {
    long usersMore = user.get().answerBytes - other.user.get().answerBytes;
    return usersMore > 0 || (usersMore == 0 && unwrittenBytes > other.unwrittenBytes);
  }

  /** For how long the peer has read none of the waiting answers. */
  long stuckNanos(long nowNanos) {
    return hasUnwritten() ? nowNanos - stuckSinceNanos : 0;
  }
}
