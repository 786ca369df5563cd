package io.ppmq.server;

import io.ppmq.broker.stats.Bound;
import io.ppmq.wire.InputBudget;
import java.nio.ByteBuffer;

/**
 * Bounds the memory of answers that were not written yet, over all connections and for each user.
 * The connections of a user may together have as much as is free, and one connection a quarter of
 * that. A connection beyond that is not read until its answers are gone. So there is room for the
 * answers of other users, however many connections of one user do not read theirs.
 *
 * <p>One read can bring more answers than there was room for. When that exceeds the bound, {@link
 * #isExceeded} tells, and the worst offender has to go. For one thread.
 */
final class AnswerBudget {
  /** All answers together, with their objects. */
  static final long BYTES_MAX = 6 << 20;

  /** The part of it that is for root and for the broker's own user. */
  static final long RESERVED_BYTES = 512 << 10;

  /** The share that one connection may always have. */
  static final int CONNECTION_BYTES_MIN = 8 << 10;

  static final int CONNECTION_BYTES_MAX = 256 << 10;

  /** The memory of an answer besides its text. */
  static final int ANSWER_BYTES = 96;

  /** The most that is written of several answers at once. */
  static final int JOINED_BYTES_MAX = 4 << 10;

  /**
   * The memory of the answers of one connection that wait to be written together, with their
   * objects.
   */
  static final int JOINING_BYTES_MAX = 16 << 10;

  /** A longer answer waits for no other. */
  static final int SHORT_BYTES_MAX = 256;

  private final ByteBuffer joined = ByteBuffer.allocateDirect(JOINED_BYTES_MAX);
  private long usedBytes;

  /** The buffer in which answers are put together that are written at once; its user clears it. */
  ByteBuffer joined() {
    return joined;
  }

  /** Counts the change in the share of a connection of this user. */
  void add(long bytes) {
    usedBytes += bytes;
  }

  /** How much of the memory is taken. */
  Bound bound() {
    return new Bound(
        "unread_answer_bytes",
        "Memory of answers that producers and subscribers have not read yet.",
        usedBytes,
        BYTES_MAX);
  }

  /** How much a connection of this user may have. */
  long connectionBytesMax(UserShare user) {
    long left = BYTES_MAX - (user.isReserved() ? 0 : RESERVED_BYTES) - usedBytes;
    long most = (left - user.answerBytes) / 4;
    return Math.min(CONNECTION_BYTES_MAX, Math.max(CONNECTION_BYTES_MIN, most));
  }

  /** Whether all have more than they may. */
  boolean isExceeded() {
    return usedBytes > BYTES_MAX;
  }

  /** Whether unread answers take memory that others may need. */
  boolean isScarce() {
    return usedBytes > BYTES_MAX / 2;
  }

  /** How many bytes may be read for this much room; a small value can have a large answer. */
  static int readBytesMax(long room) {
    return (int) Math.max(2 << 10, Math.min(room, InputBudget.SMALL_BYTES_MAX));
  }
}
