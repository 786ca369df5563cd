package io.ppmq.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
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

  /** With no more than this no user is asked for. */
  private static final int LITTLE_BYTES = 4 << 10;

  private final SocketChannel channel;
  private final AnswerBudget budget;
  private final Supplier<UserShare> user;
  private @Nullable ArrayDeque<ByteBuffer> unwritten;
  private @Nullable UserShare counted;
  private int due;
  private long bytes;
  private long unwrittenBytes;
  private long stuckSinceNanos;
  private boolean deaf;

  AnswerQueue(SocketChannel channel, AnswerBudget budget, Supplier<UserShare> user) {
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

  private static int size(ByteBuffer line) {
    return line.capacity() + AnswerBudget.ANSWER_BYTES;
  }

  /**
   * Writes a line, after those that wait, or has it wait; nothing, when nobody hears it.
   *
   * @return whether the socket took anything
   * @throws IOException like {@link #write()}
   */
  boolean write(byte[] line) throws IOException {
    if (deaf) {
      return false;
    }
    ByteBuffer buffer = ByteBuffer.wrap(line);
    if (hasUnwritten()) {
      add(buffer);
      return write();
    }
    boolean moved;
    try {
      moved = channel.write(buffer) > 0;
    } catch (IOException gone) {
      drop();
      throw gone;
    }
    if (buffer.hasRemaining()) {
      stuckSinceNanos = System.nanoTime();
      add(buffer);
    }
    return moved;
  }

  /** Has a line wait until {@link #write()} is called. */
  void add(byte[] line) {
    if (!deaf) {
      if (!hasUnwritten()) {
        stuckSinceNanos = System.nanoTime();
      }
      add(ByteBuffer.wrap(line));
    }
  }

  private void add(ByteBuffer line) {
    if (unwritten == null) {
      unwritten = new ArrayDeque<>(4);
    }
    unwritten.add(line);
    unwrittenBytes += size(line);
    count(size(line));
  }

  /**
   * Writes what the socket takes.
   *
   * @return whether it took anything
   * @throws IOException when the peer hears nothing any more; what was to be written is dropped,
   *     and so is what comes
   */
  boolean write() throws IOException {
    boolean moved = false;
    try {
      while (unwritten != null && !unwritten.isEmpty()) {
        ByteBuffer line = unwritten.element();
        moved |= channel.write(line) > 0;
        if (line.hasRemaining()) {
          break;
        }
        unwritten.remove();
        unwrittenBytes -= size(line);
        count(-size(line));
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

  /** Nobody hears answers any more. */
  void drop() {
    deaf = true;
    unwritten = null;
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

  /** For how long the peer has read nothing of what waits for it. */
  long stuckNanos(long nowNanos) {
    return hasUnwritten() ? nowNanos - stuckSinceNanos : 0;
  }
}
