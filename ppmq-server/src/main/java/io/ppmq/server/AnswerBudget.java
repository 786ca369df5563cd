package io.ppmq.server;

import io.ppmq.broker.stats.Bound;
import io.ppmq.wire.InputBudget;
import java.nio.ByteBuffer;

/**
 * Bounds the memory of unwritten answers, over all connections and for each user. The connections
 * of a user may together have as much as is free, and one connection a quarter of that. A
 * connection beyond its share is not read until its answers are written. So other users have room
 * for their answers, however many connections of one user do not read.
 *
 * <p>One read can produce more answers than there is room for. {@link #isExceeded} tells if the
 * bound is exceeded; the worst offender is closed then. For one thread.
 */
final class AnswerBudget {
  /** The most memory of all answers together, with their objects. */
  static final long BYTES_MAX = 6 << 20;

  /** The part that is reserved for root and the broker's user. */
  static final long RESERVED_BYTES = 512 << 10;

  /** The share that a connection may always have. */
  static final int CONNECTION_BYTES_MIN = 8 << 10;

  static final int CONNECTION_BYTES_MAX = 256 << 10;

  /** The memory of an answer in addition to its text. */
  static final int ANSWER_BYTES = 96;

  /** The most bytes of several answers that are written at once. */
  static final int JOINED_BYTES_MAX = 4 << 10;

  /**
   * The most memory of the answers of a connection that wait to be written together, with their
   * objects.
   */
  static final int JOINING_BYTES_MAX = 16 << 10;

  /** A longer answer does not wait for others. */
  static final int SHORT_BYTES_MAX = 256;

  private final ByteBuffer joined = ByteBuffer.allocateDirect(JOINED_BYTES_MAX);
  private long usedBytes;

  /** The buffer that joins answers for one write; its user clears it. */
  ByteBuffer joined() {
    return joined;
  }

  /** Counts the change in the share of a connection of this user. */
  void add(long bytes) {
    usedBytes += bytes;
  }

  /** The memory in use. */
  Bound bound() {
    return new Bound(
        "unread_answer_bytes",
        "Memory of answers that producers and subscribers have not read yet.",
        usedBytes,
        BYTES_MAX);
  }

  /** The memory that a connection of this user may have. */
  long connectionBytesMax(UserShare user) {
    long left = BYTES_MAX - (user.isReserved() ? 0 : RESERVED_BYTES) - usedBytes;
    long most = (left - user.answerBytes) / 4;
    return Math.min(CONNECTION_BYTES_MAX, Math.max(CONNECTION_BYTES_MIN, most));
  }

  /** Whether all answers exceed the bound. */
  boolean isExceeded() {
    return usedBytes > BYTES_MAX;
  }

  /** Whether unread answers use memory that others may need. */
  boolean isScarce() {
    return usedBytes > BYTES_MAX / 2;
  }

  /** The bytes that may be read for this much room; a small value can have a large answer. */
  static int readBytesMax(long room) {
    return (int) Math.max(2 << 10, Math.min(room, InputBudget.SMALL_BYTES_MAX));
  }
}
