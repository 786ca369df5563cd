package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The list of expiring items, in the order of their moments: the expiry column family.
 *
 * <p>Items are taken off at the front, which leaves deleted keys there that an iteration would have
 * to step over. So {@link #floor} is a moment below which there is nothing, and {@link #next} is
 * the moment of the next check, which is never later than the first item's moment. Changes of the
 * commit being collected are seen: items taken off are not reported again, items put on keep the
 * floor down.
 */
final class ExpiryList {
  private static final byte[] NOTHING = {};
  private static final byte[] START = Keys.expiry(Long.MIN_VALUE);
  private static final byte[] END = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
  private static final long FIRST_LOOK_MILLIS = 1000;
  private static final long LOOK_GROWTH = 8;
  private static final int LOOKS_MAX = 12;

  /**
   * If one commit takes off more, nothing is due before that commit, and the next turn checks
   * again.
   */
  private static final int REMOVED_MAX = 10_000;

  private final Gone gone;
  private final Set<Bytes> removed = new HashSet<>();
  private byte[] floor = START;
  private byte @Nullable [] added;
  private long next;

  ExpiryList(Gone gone) {
    this.gone = gone;
  }

  /** Finds the first item of a list that was just opened. */
  void load(Engine engine) throws RocksDBException {
    try (Scan scan = engine.scan(engine.expiry(), START, END)) {
      lookedUpTo(scan.first() ? scan.key() : null);
    }
  }

  /** Puts an item on the list. */
  void add(Engine engine, Changes changes, byte[] item) throws RocksDBException {
    changes.put(engine.expiry(), item, NOTHING);
    if (removed.size() <= REMOVED_MAX) {
      removed.remove(Bytes.of(item));
    }
    added = lower(added, item);
    floor = lower(floor, item);
    next = Math.min(next, Keys.expiryMillis(item));
  }

  /** Takes an item off the list, if it is there. */
  void remove(Engine engine, Changes changes, byte[] item) throws RocksDBException {
    changes.delete(engine.expiry(), item);
    if (removed.size() <= REMOVED_MAX) {
      removed.add(Bytes.of(item));
    }
    gone.removedExpiry(item.length);
  }

  /** The first items that are due, at most {@code max}. */
  List<byte[]> due(Engine engine, long nowMillis, int max) throws RocksDBException {
    List<byte[]> due = new ArrayList<>();
    byte[] end = nowMillis == Long.MAX_VALUE ? END : Keys.expiry(nowMillis + 1);
    boolean known = removed.size() <= REMOVED_MAX;
    if (!known || nowMillis < next || Arrays.compareUnsigned(floor, end) >= 0) {
      return due;
    }
    try (Scan scan = engine.scan(engine.expiry(), floor, end)) {
      for (boolean found = scan.first(); found && due.size() < max; found = scan.next()) {
        byte[] item = scan.key();
        if (!removed.contains(Bytes.of(item))) {
          due.add(item);
        }
      }
    }
    if (!due.isEmpty()) {
      lookedUpTo(due.get(0));
    } else if (max > 0) {
      lookAhead(engine, end);
    }
    return due;
  }

  /** The moment of the next check for due items; never later than the first item's moment. */
  long next() {
    return next;
  }

  /** To be called when the commit being collected has taken effect. */
  void committed() {
    removed.clear();
    added = null;
  }

  /**
   * Searches for the first item from {@code from} on, in growing steps: a near item is found
   * without stepping over the deleted keys beyond it.
   */
  private void lookAhead(Engine engine, byte[] from) throws RocksDBException {
    byte[] begin = from;
    long step = FIRST_LOOK_MILLIS;
    for (int look = 0; look < LOOKS_MAX; look++) {
      long at = Keys.expiryMillis(begin);
      byte[] end = look == LOOKS_MAX - 1 || at > Entry.NEVER - step ? END : Keys.expiry(at + step);
      try (Scan scan = engine.scan(engine.expiry(), begin, end)) {
        if (scan.first()) {
          lookedUpTo(scan.key());
          return;
        }
      }
      if (end == END) {
        break;
      }
      begin = end;
      step *= LOOK_GROWTH;
    }
    lookedUpTo(null);
  }

  /**
   * Notes that nothing committed lies before {@code item}; null when there are no committed items.
   */
  private void lookedUpTo(byte @Nullable [] item) {
    byte[] first = item == null ? added : added == null ? item : lower(added, item);
    floor = first == null ? END : first;
    next = first == null ? Entry.NEVER : Keys.expiryMillis(first);
  }

  private static byte[] lower(byte @Nullable [] one, byte[] other) {
    return one != null && Arrays.compareUnsigned(one, other) <= 0 ? one : other;
  }
}
