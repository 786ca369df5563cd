package io.ppmq.wire;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
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
 * number of them that begin a value and never end it keeps out none that is at work. The last of
 * that part is for beginnings of up to {@link #BEGINNING_BYTES_MAX} bytes, so that a small first
 * value gets through where larger ones have to wait.
 *
 * <p>Room is asked for before reading: {@link Decoder#room} says how much of what is read can be
 * kept for certain. The answer 0 queues the connection, and its {@link Sink#roomAgain} is called
 * when it can go on: those that wait for the turn get it in the order they asked; those that need
 * only the pool go on all together when it has room. Whoever has the turn can finish without
 * anybody else, and whoever gets it gives its part of the pool back, so waiting ends unless a peer
 * does not go on with a value: {@link #endStalled} ends that.
 */
public final class InputBudget {
  /** The most bytes of a value that are kept in the pool, and the most to be read at a time. */
  public static final int SMALL_BYTES_MAX = 64 * 1024;

  /** The most bytes of a value that are kept where there is room for beginnings only. */
  static final int BEGINNING_BYTES_MAX = 4 * 1024;

  /** How the pool is divided unless a test says otherwise. */
  private static final Pool POOL = new Pool(8 << 20, 2 << 20, 1 << 20);

  /** Makes the time in which too little has come start anew. */
  private static final long NOT_SEEN = -1;

  /**
   * How large the pool is, and how it is divided.
   *
   * @param bytes all of it
   * @param provenBytes the part that is kept for connections that have sent a whole value before
   * @param beginningBytes the part of the rest that is kept for beginnings
   */
  record Pool(long bytes, long provenBytes, long beginningBytes) {}

  private final Pool pool;
  private final BooleanSupplier roomForLarge;
  private long usedBytes;
  private final Set<Decoder> inPool = new LinkedHashSet<>();
  private final Set<Decoder> waitForPool = new LinkedHashSet<>();
  private final Set<Decoder> waitForTurn = new LinkedHashSet<>();
  private @Nullable Decoder turn;

  /** A budget with nothing in use. */
  public InputBudget() {
    this(POOL, () -> true);
  }

  /**
   * Likewise.
   *
   * @param roomForLarge whether the turn may be given to anybody; after it says that it may again,
   *     {@link #goOn} is to be called
   */
  public InputBudget(BooleanSupplier roomForLarge) {
    this(POOL, roomForLarge);
  }

  InputBudget(Pool pool, BooleanSupplier roomForLarge) {
    this.pool = pool;
    this.roomForLarge = roomForLarge;
  }

  boolean hasTurn(Decoder decoder) {
    return turn == decoder;
  }

  /** How many bytes of one value of {@code decoder} the pool can keep for certain. */
  private int roomInPool(Decoder decoder) {
    if (decoder.pooledBytes == SMALL_BYTES_MAX) {
      return SMALL_BYTES_MAX;
    }
    long othersBytes = usedBytes - decoder.pooledBytes;
    long free = pool.bytes - (decoder.proven ? 0 : pool.provenBytes) - othersBytes;
    if (free - (decoder.proven ? 0 : pool.beginningBytes) >= SMALL_BYTES_MAX) {
      return SMALL_BYTES_MAX;
    }
    return free >= BEGINNING_BYTES_MAX ? BEGINNING_BYTES_MAX : 0;
  }

  /**
   * The most bytes that {@code decoder}, which has so many of a value, may read now. 0: it is
   * queued.
   */
  int admit(Decoder decoder, int length) {
    if (hasTurn(decoder)) {
      return SMALL_BYTES_MAX;
    }
    int room = roomInPool(decoder) - length;
    if (room > 0) {
      return room;
    }
    if (turn == null && roomForLarge.getAsBoolean()) {
      giveTurn(decoder);
      return SMALL_BYTES_MAX;
    }
    (length < SMALL_BYTES_MAX ? waitForPool : waitForTurn).add(decoder);
    return 0;
  }

  /** How large an array is enough for so many bytes of a value, of which more may come. */
  static int arrayBytesMax(int length, int valueBytesMax) {
    if (length <= BEGINNING_BYTES_MAX) {
      return BEGINNING_BYTES_MAX;
    }
    return length <= SMALL_BYTES_MAX ? SMALL_BYTES_MAX : valueBytesMax;
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

  /**
   * Notes that {@code decoder}, which has been admitted, now keeps so many bytes. In the pool it is
   * counted with as many as it may come to keep there, so that it can always finish.
   */
  void keep(Decoder decoder, int bytes) {
    if (!hasTurn(decoder)) {
      if (bytes > SMALL_BYTES_MAX) {
        throw new IllegalStateException("a decoder was fed more than it had room for");
      }
      inPool.add(decoder);
      int counted = arrayBytesMax(bytes, SMALL_BYTES_MAX);
      usedBytes += counted - decoder.pooledBytes;
      decoder.pooledBytes = counted;
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

  /** Gives the turn to one that waits, if nobody has it. */
  public void goOn() {
    if (turn == null && someoneWaits()) {
      wake();
    }
  }

  private void wake() {
    List<Decoder> awake = new ArrayList<>();
    if (turn == null && roomForLarge.getAsBoolean()) {
      Decoder first = (waitForTurn.isEmpty() ? waitForPool : waitForTurn).iterator().next();
      giveTurn(first);
      awake.add(first);
    }
    for (Decoder decoder : waitForPool) {
      if (roomInPool(decoder) > decoder.keptLength()) {
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
   * Reports to {@link Sink#stalled} every connection that takes up room others wait for and does
   * not go on with its value: for longer than {@code millisMax} nothing of it has come, or, if it
   * has the turn, less than {@link #SMALL_BYTES_MAX}. Only the time counts in which others waited;
   * whoever is not read keeps its part of the pool, and passes on the turn if it can do without. To
   * be called every now and then: how long others waited is known as exactly as that.
   *
   * @param nowMillis the time by a clock that stands still while nothing is read
   */
  public void endStalled(long nowMillis, long millisMax) {
    List<Decoder> stalled = new ArrayList<>();
    Decoder owner = turn;
    if (owner != null) {
      boolean slow = isSlow(owner, SMALL_BYTES_MAX, someoneWaits(), nowMillis, millisMax);
      boolean idle = !owner.sink().isRead() || (slow && owner.keptBytes() == 0);
      if (idle && someoneWaits() && owner.keptBytes() <= roomInPool(owner)) {
        passTurn(owner);
      } else if (slow) {
        stalled.add(owner);
      }
    }
    for (Decoder decoder : inPool) {
      boolean wanted = !waitForPool.isEmpty() && !waits(decoder) && decoder.sink().isRead();
      if (isSlow(decoder, 1, wanted, nowMillis, millisMax)) {
        stalled.add(decoder);
      }
    }
    for (Decoder decoder : stalled) {
      decoder.sink().stalled();
    }
  }

  /** Gives the turn to one that waits; the pool keeps what its owner has. */
  private void passTurn(Decoder owner) {
    turn = null;
    if (owner.keptBytes() > 0) {
      keep(owner, owner.keptBytes());
    }
    wake();
  }

  private boolean someoneWaits() {
    return !waitForPool.isEmpty() || !waitForTurn.isEmpty();
  }

  private boolean waits(Decoder decoder) {
    return waitForPool.contains(decoder) || waitForTurn.contains(decoder);
  }

  /** Whether less than {@code bytes} have come for too long of what others want the room of. */
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
