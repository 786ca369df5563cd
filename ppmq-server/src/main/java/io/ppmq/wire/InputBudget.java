package io.ppmq.wire;

import io.ppmq.broker.stats.Bound;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory of unfinished values over all connections. For one thread.
 *
 * <p>There are two kinds of room. The pool keeps values with up to {@link #SMALL_BYTES_MAX} bytes
 * so far. A value that needs more, or finds the pool full, needs the turn: one connection at a time
 * has it, and may keep a value of the greatest length. So the bound is the pool and one largest
 * value (twice that for a moment, while its array grows).
 *
 * <p>Connections that have not sent a whole value yet get only a part of the pool, so that any
 * number of unfinished first values cannot keep out connections at work. The last of that part is
 * for beginnings of up to {@link #BEGINNING_BYTES_MAX} bytes, so that a small first value gets
 * through while larger ones wait.
 *
 * <p>A connection asks for room before a read: {@link Decoder#room} returns the number of bytes
 * that can be kept for certain. 0 queues the connection, and {@link Sink#roomAgain} is called when
 * it can go on: connections that wait for the turn get it in order; those that need only the pool
 * go on together when it has room. The connection with the turn does not depend on others, and
 * gives back its part of the pool. So waiting ends, unless a peer does not continue a value: {@link
 * #endStalled} ends that.
 */
public final class InputBudget {
  /** The most bytes of a value in the pool, and the most to read at a time. */
  public static final int SMALL_BYTES_MAX = 64 * 1024;

  /** The most bytes of a value in the part of the pool for beginnings. */
  static final int BEGINNING_BYTES_MAX = 4 * 1024;

  /** The division of the pool outside of tests. */
  private static final InputPool.Division POOL = new InputPool.Division(8 << 20, 2 << 20, 1 << 20);

  /** The bytes of an unfinished value that have to arrive in its time. */
  private static final int SLOW_BYTES = 16 * 1024;

  /** The divisor of that time while another user waits, or very many connections do. */
  private static final int HASTE = 10;

  /** Up to this many waiting connections leave a value its full time. */
  private static final int WAITING_FEW = 3;

  /** Restarts the time in which too little has arrived. */
  private static final long NOT_SEEN = -1;

  /** The share of one user's connections in the room. */
  public static final class Share {
    final boolean reserved;

    /** What they have outside of the part for acknowledgements. */
    long commonBytes;

    /** What they have in the part for acknowledgements. */
    long acknowledgingBytes;

    private long lastTurn;

    /**
     * An unused share.
     *
     * @param reserved whether this user has a reserve that others do not get
     */
    public Share(boolean reserved) {
      this.reserved = reserved;
    }

    private long usedBytes() {
      return commonBytes + acknowledgingBytes;
    }
  }

  private final InputPool pool;
  private final BooleanSupplier roomForLarge;
  private final Set<Decoder> waitForPool = new LinkedHashSet<>();
  private final Set<Decoder> waitForTurn = new LinkedHashSet<>();
  private @Nullable Decoder turn;
  private long turns;

  /** An unused budget. */
  public InputBudget() {
    this(POOL, () -> true);
  }

  /**
   * An unused budget whose owner decides when a connection may have the turn.
   *
   * @param roomForLarge whether a connection may have the turn; call {@link #goOn} when that
   *     becomes true
   */
  public InputBudget(BooleanSupplier roomForLarge) {
    this(POOL, roomForLarge);
  }

  InputBudget(InputPool.Division pool, BooleanSupplier roomForLarge) {
    this.pool = new InputPool(pool);
    this.roomForLarge = roomForLarge;
  }

  /** The used part of the pool; one larger value has separate room. */
  public Bound bound() {
    return new Bound(
        "unfinished_input_bytes",
        "Memory of incomplete values, except the largest.",
        pool.usedBytes(),
        pool.bytes());
  }

  boolean hasTurn(Decoder decoder) {
    return turn == decoder;
  }

  /**
   * The most bytes that {@code decoder}, which has {@code length} bytes of a value, may read now; 0
   * if it is queued.
   */
  int admit(Decoder decoder, int length) {
    if (hasTurn(decoder)) {
      return SMALL_BYTES_MAX;
    }
    int room = pool.room(decoder) - length;
    if (room > 0) {
      return room;
    }
    if (turn == null && roomForLarge.getAsBoolean()) {
      giveTurn(decoder);
      return SMALL_BYTES_MAX;
    }
    InputPool.learnShare(decoder);
    (length < SMALL_BYTES_MAX ? waitForPool : waitForTurn).add(decoder);
    return 0;
  }

  /** The size of the array for this many bytes of an unfinished value. */
  static int arrayBytesMax(int length, int valueBytesMax) {
    if (length <= BEGINNING_BYTES_MAX) {
      return BEGINNING_BYTES_MAX;
    }
    return length <= SMALL_BYTES_MAX ? SMALL_BYTES_MAX : valueBytesMax;
  }

  private void giveTurn(Decoder decoder) {
    turn = decoder;
    turns++;
    decoder.seenOffset = NOT_SEEN;
    pool.leave(decoder);
    InputPool.learnShare(decoder);
    Share share = decoder.share;
    if (share != null) {
      share.lastTurn = turns;
    }
    waitForPool.remove(decoder);
    waitForTurn.remove(decoder);
  }

  /** Notes that the admitted {@code decoder} now keeps this many bytes. */
  void keep(Decoder decoder, int bytes) {
    if (!hasTurn(decoder)) {
      if (bytes > SMALL_BYTES_MAX) {
        throw new IllegalStateException("a decoder was fed more than it had room for");
      }
      pool.keep(decoder, bytes);
    }
  }

  /** Notes that {@code decoder} keeps nothing now, and lets others go on. */
  void release(Decoder decoder) {
    if (decoder.pooledBytes == 0 && !hasTurn(decoder)) {
      return;
    }
    pool.leave(decoder);
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

  /** Gives the turn to a waiting connection if none has it. */
  public void goOn() {
    if (turn == null && someoneWaits()) {
      wake();
    }
  }

  private void wake() {
    List<Decoder> awake = new ArrayList<>();
    if (turn == null && roomForLarge.getAsBoolean()) {
      Decoder next = next();
      if (next != null) {
        giveTurn(next);
        awake.add(next);
      }
    }
    for (Decoder decoder : waitForPool) {
      if (hasRoomInPool(decoder)) {
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
   * Of the waiting connections that cannot go on without the turn, the first of the user whose last
   * turn is longest ago. Null if there is none.
   */
  private @Nullable Decoder next() {
    Decoder next = null;
    for (Decoder decoder : waitForTurn) {
      if (next == null || lastTurn(decoder) < lastTurn(next)) {
        next = decoder;
      }
    }
    for (Decoder decoder : waitForPool) {
      if ((next == null || lastTurn(decoder) < lastTurn(next)) && !hasRoomInPool(decoder)) {
        next = decoder;
      }
    }
    return next;
  }

  private boolean hasRoomInPool(Decoder decoder) {
    return pool.room(decoder) > decoder.keptLength();
  }

  private static long lastTurn(Decoder decoder) {
    return decoder.share == null ? 0 : decoder.share.lastTurn;
  }

  /**
   * Reports to {@link Sink#stalled} every connection that occupies room for which others wait and
   * does not continue its value: in more than {@code millisMax} less than 16 KiB have arrived, or,
   * if it has the turn, less than {@link #SMALL_BYTES_MAX}. It has less time if many wait, or a
   * connection of another user waits. Only time in which others wait counts. A connection that is
   * not read keeps its part of the pool, and passes on the turn if it can do without it. Called now
   * and then, which limits the precision of the waiting time.
   *
   * @param nowMillis the time of a clock that stops while nothing is read
   */
  public void endStalled(long nowMillis, long millisMax) {
    List<Decoder> stalled = new ArrayList<>();
    if (someoneWaits()) {
      pool.keepers().forEach(InputPool::learnShare);
    }
    Decoder owner = turn;
    if (owner != null) {
      Set<@Nullable Share> waiting = sharesOf(waitForTurn);
      waiting.addAll(sharesOf(waitForPool));
      waiting.remove(owner.share);
      long given = given(millisMax, !waiting.isEmpty());
      boolean slow = isSlow(owner, SMALL_BYTES_MAX, someoneWaits(), nowMillis, given);
      boolean idle = !owner.sink().isRead() || (slow && owner.keptBytes() == 0);
      if (idle && someoneWaits() && owner.keptBytes() <= pool.room(owner)) {
        passTurn(owner);
      } else if (slow) {
        stalled.add(owner);
      }
    }
    Set<@Nullable Share> waiting = sharesOf(waitForPool);
    for (Decoder decoder : pool.keepers()) {
      boolean another = anotherWaits(waiting, decoder);
      boolean wanted =
          (another || waiting.contains(decoder.share))
              && !waits(decoder)
              && decoder.sink().isRead();
      if (isSlow(decoder, SLOW_BYTES, wanted, nowMillis, given(millisMax, another))) {
        stalled.add(decoder);
      }
    }
    for (Decoder decoder : stalled) {
      decoder.sink().stalled();
    }
  }

  /** The time for a value. */
  private long given(long millisMax, boolean anotherUserWaits) {
    int waiting = waitForPool.size() + waitForTurn.size();
    long hasty = millisMax / HASTE;
    if (anotherUserWaits) {
      return hasty;
    }
    return waiting <= WAITING_FEW ? millisMax : Math.max(hasty, WAITING_FEW * millisMax / waiting);
  }

  private static Set<@Nullable Share> sharesOf(Set<Decoder> decoders) {
    Set<@Nullable Share> shares = new HashSet<>();
    decoders.forEach(decoder -> shares.add(decoder.share));
    return shares;
  }

  /** Whether another user with less room than this one waits. */
  private static boolean anotherWaits(Set<@Nullable Share> waiting, Decoder decoder) {
    Share own = decoder.share;
    return own != null
        && waiting.stream()
            .anyMatch(
                share -> share != null && share != own && share.usedBytes() < own.usedBytes());
  }

  /** Gives the turn to a waiting connection; the value of its owner moves to the pool. */
  private void passTurn(Decoder owner) {
    turn = null;
    if (owner.keptBytes() > 0) {
      keep(owner, owner.keptBytes());
    }
    wake();
  }

  /** Whether a connection waits for room. */
  public boolean someoneWaits() {
    return !waitForPool.isEmpty() || !waitForTurn.isEmpty();
  }

  private boolean waits(Decoder decoder) {
    return waitForPool.contains(decoder) || waitForTurn.contains(decoder);
  }

  /**
   * Whether for too long less than {@code bytes} bytes have arrived of a value whose room others
   * want.
   */
  private static boolean isSlow(
      Decoder decoder, int bytes, boolean wanted, long nowMillis, long millisMax) {
    boolean counts = wanted && decoder.seenOffset != NOT_SEEN;
    if (!counts || decoder.offset() - decoder.seenOffset >= bytes) {
      decoder.seenOffset = wanted ? decoder.offset() : NOT_SEEN;
      decoder.seenAtMillis = nowMillis;
    }
    return nowMillis - decoder.seenAtMillis > millisMax;
  }
}
