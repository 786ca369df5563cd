package io.ppmq.wire;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory that unfinished values take up, over all connections. For one thread.
 *
 * <p>Two kinds of room. A value of which up to {@link #SMALL_BYTES_MAX} bytes have come is kept in
 * the pool. One that needs more, or that finds the pool full, needs the turn: one connection at a
 * time has it, and may keep a value as long as a value may be. Together that is the bound: the pool
 * and one largest value (twice that for a moment, while its array grows).
 *
 * <p>Connections that have not sent a whole value yet get a part of the pool only, so that any
 * number of them that begin a value and never end it keeps out none that is at work.
 *
 * <p>Room is asked for before reading: {@link Decoder#room} says how much of what is read can be
 * kept for certain. The answer 0 queues the connection, and its {@link Sink#roomAgain} is called
 * when it can go on: those that wait for the turn get it in the order they asked; those that need
 * only the pool go on all together when it has room. Whoever has the turn can finish without
 * anybody else, and whoever gets it gives its part of the pool back, so waiting ends unless a peer
 * stops sending within a value: {@link #endStalled} ends that.
 */
public final class InputBudget {
  /** The most bytes of a value that are kept in the pool, and the most to be read at a time. */
  public static final int SMALL_BYTES_MAX = 64 * 1024;

  /** How large the pool is unless a test says otherwise. */
  static final int POOL_BYTES = 8 * 1024 * 1024;

  /** The part of the pool that is kept for connections that have sent a whole value before. */
  static final int PROVEN_BYTES = 2 * 1024 * 1024;

  /** Makes the time that nothing has come start anew. */
  private static final long NOT_SEEN = -1;

  private final long poolBytes;
  private final long provenBytes;
  private long usedBytes;
  private final Set<Decoder> inPool = new LinkedHashSet<>();
  private final Set<Decoder> waitForPool = new LinkedHashSet<>();
  private final Set<Decoder> waitForTurn = new LinkedHashSet<>();
  private @Nullable Decoder turn;

  /** A budget with nothing in use. */
  public InputBudget() {
    this(POOL_BYTES, PROVEN_BYTES);
  }

  InputBudget(long poolBytes, long provenBytes) {
    this.poolBytes = poolBytes;
    this.provenBytes = provenBytes;
  }

  boolean hasTurn(Decoder decoder) {
    return turn == decoder;
  }

  /** Whether the pool can take as much as it may have to keep of one value of {@code decoder}. */
  private boolean poolHasRoom(Decoder decoder) {
    long bytes = decoder.proven ? poolBytes : poolBytes - provenBytes;
    return bytes - usedBytes >= SMALL_BYTES_MAX - decoder.pooledBytes;
  }

  /**
   * Whether {@code decoder} may read now; otherwise it is queued.
   *
   * @param small whether the pool would do
   */
  boolean admit(Decoder decoder, boolean small) {
    if (hasTurn(decoder) || (small && poolHasRoom(decoder))) {
      return true;
    }
    if (turn == null) {
      giveTurn(decoder);
      return true;
    }
    (small ? waitForPool : waitForTurn).add(decoder);
    return false;
  }

  private void giveTurn(Decoder decoder) {
    turn = decoder;
    decoder.seenOffset = NOT_SEEN;
    leavePool(decoder);
    waitForPool.remove(decoder);
    waitForTurn.remove(decoder);
  }

  private void leavePool(Decoder decoder) {
    if (inPool.remove(decoder)) {
      usedBytes -= decoder.pooledBytes;
      decoder.pooledBytes = 0;
    }
  }

  /** Notes that {@code decoder}, which has been admitted, now keeps so many bytes. */
  void keep(Decoder decoder, int bytes) {
    if (!hasTurn(decoder)) {
      if (bytes > SMALL_BYTES_MAX) {
        throw new IllegalStateException("a decoder was fed more than it had room for");
      }
      inPool.add(decoder);
      usedBytes += bytes - decoder.pooledBytes;
      decoder.pooledBytes = bytes;
    }
  }

  /** Notes that {@code decoder} keeps nothing any more, and lets others go on. */
  void release(Decoder decoder) {
    if (decoder.pooledBytes == 0 && !hasTurn(decoder)) {
      return;
    }
    leavePool(decoder);
    if (hasTurn(decoder)) {
      turn = null;
    }
    if (someoneWaits()) {
      wake();
    }
  }

  /** Forgets {@code decoder}, whose connection is gone. */
  void remove(Decoder decoder) {
    waitForPool.remove(decoder);
    waitForTurn.remove(decoder);
    release(decoder);
  }

  private void wake() {
    List<Decoder> awake = new ArrayList<>();
    if (turn == null) {
      Decoder first = (waitForTurn.isEmpty() ? waitForPool : waitForTurn).iterator().next();
      giveTurn(first);
      awake.add(first);
    }
    for (Decoder decoder : waitForPool) {
      if (poolHasRoom(decoder)) {
        awake.add(decoder);
      }
    }
    awake.forEach(waitForPool::remove);
    for (Decoder decoder : awake) {
      decoder.seenOffset = NOT_SEEN;
      decoder.sink().roomAgain();
    }
  }

  /**
   * Reports to {@link Sink#stalled} every connection that takes up room others wait for, and from
   * which nothing has come for longer than {@code idleMillis}. To be called every now and then: how
   * long nothing has come is known as exactly as that.
   *
   * @param nowMillis the time by a clock that does not jump
   */
  public void endStalled(long nowMillis, long idleMillis) {
    List<Decoder> stalled = new ArrayList<>();
    if (turn != null && isIdle(turn, nowMillis, idleMillis) && someoneWaits()) {
      if (turn.keptBytes() > 0) {
        stalled.add(turn);
      } else {
        release(turn);
      }
    }
    for (Decoder decoder : inPool) {
      boolean idle = isIdle(decoder, nowMillis, idleMillis);
      if (idle && !waitForPool.isEmpty() && !waits(decoder)) {
        stalled.add(decoder);
      }
    }
    for (Decoder decoder : stalled) {
      decoder.sink().stalled();
    }
  }

  private boolean someoneWaits() {
    return !waitForPool.isEmpty() || !waitForTurn.isEmpty();
  }

  private boolean waits(Decoder decoder) {
    return waitForPool.contains(decoder) || waitForTurn.contains(decoder);
  }

  private static boolean isIdle(Decoder decoder, long nowMillis, long idleMillis) {
    if (decoder.seenOffset != decoder.offset()) {
      decoder.seenOffset = decoder.offset();
      decoder.seenAtMillis = nowMillis;
    }
    return nowMillis - decoder.seenAtMillis > idleMillis;
  }
}
