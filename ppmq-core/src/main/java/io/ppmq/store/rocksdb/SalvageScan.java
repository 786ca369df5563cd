package io.ppmq.store.rocksdb;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * An iteration over a column family that does not end at unreadable data.
 *
 * <p>RocksDB ends an iteration at a damaged block. The next key behind it from which an iteration
 * can begin is found by taking keys as numbers, first in doubling steps, and then by halving:
 * blocks are ordered, so that leaves out little more than the block. The data in such a hole comes
 * only from the undamaged tables.
 */
final class SalvageScan {
  /**
   * This many bytes of a key are its number; keys that differ only beyond them have the same
   * number.
   */
  private static final int KEY_BYTES = 40;

  private static final BigInteger END = BigInteger.ONE.shiftLeft(KEY_BYTES * Byte.SIZE);

  /** The receiver of the found data. */
  interface Found {
    /** A value, and whether it lies in a hole: it may not be the newest then. */
    void value(byte[] key, byte[] value, boolean inHole) throws RocksDBException;

    /**
     * A hole.
     *
     * @param after the last key before it; null at the start
     * @param before a key behind it; null when nothing can be read behind it
     */
    void hole(byte @Nullable [] after, byte @Nullable [] before, String reason);
  }

  private final Staging all;
  private final @Nullable Staging sound;
  private final int family;
  private final Found found;

  /**
   * An iteration.
   *
   * @param all the data to walk over
   * @param sound the same without the damaged tables; null when there is none
   */
  SalvageScan(Staging all, @Nullable Staging sound, int family, Found found) {
    this.all = all;
    this.sound = sound;
    this.family = family;
    this.found = found;
  }

  /** Iterates to the end. */
  void run() throws RocksDBException {
    try (RocksIterator iterator = all.iterator(family)) {
      byte[] last = null;
      iterator.seekToFirst();
      String damage = null;
      boolean more = true;
      while (more) {
        for (; iterator.isValid(); iterator.next()) {
          last = iterator.key();
          damage = null;
          found.value(last, iterator.value(), false);
        }
        String before = damage;
        damage = damage(iterator);
        if (damage == null) {
          return;
        }
        byte[] next = behind(iterator, last);
        if (!damage.equals(before)) {
          found.hole(last, next, damage);
        }
        more = passHole(iterator, last, next);
        last = next;
      }
    }
  }

  /** Moves behind a hole; false when nothing follows it. */
  private boolean passHole(RocksIterator iterator, byte @Nullable [] last, byte @Nullable [] next)
      throws RocksDBException {
    if (sound != null) {
      fill(sound, last, next);
    }
    if (next == null) {
      return false;
    }
    iterator.seek(next);
    return true;
  }

  private void fill(Staging from, byte @Nullable [] after, byte @Nullable [] before)
      throws RocksDBException {
    try (RocksIterator iterator = from.iterator(family)) {
      if (after == null) {
        iterator.seekToFirst();
      } else {
        iterator.seek(Arrays.copyOf(after, after.length + 1));
      }
      while (iterator.isValid()
          && (before == null || Arrays.compareUnsigned(iterator.key(), before) < 0)) {
        found.value(iterator.key(), iterator.value(), true);
        iterator.next();
      }
      iterator.status();
    }
  }

  /** The first found key from which an iteration can begin; null when there is none. */
  private static byte @Nullable [] behind(RocksIterator iterator, byte @Nullable [] last) {
    BigInteger damaged = last == null ? BigInteger.ZERO : number(last);
    BigInteger readable = null;
    for (BigInteger step = BigInteger.ONE; readable == null; step = step.shiftLeft(1)) {
      BigInteger at = damaged.add(step);
      if (at.compareTo(END) >= 0) {
        return null;
      }
      if (canBeginAt(iterator, at)) {
        readable = at;
      } else {
        damaged = at;
      }
    }
    while (readable.subtract(damaged).compareTo(BigInteger.ONE) > 0) {
      BigInteger middle = readable.add(damaged).shiftRight(1);
      if (canBeginAt(iterator, middle)) {
        readable = middle;
      } else {
        damaged = middle;
      }
    }
    return key(readable);
  }

  private static boolean canBeginAt(RocksIterator iterator, BigInteger number) {
    iterator.seek(key(number));
    return iterator.isValid() || damage(iterator) == null;
  }

  private static @Nullable String damage(RocksIterator iterator) {
    try {
      iterator.status();
      return null;
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static BigInteger number(byte[] key) {
    return new BigInteger(1, Arrays.copyOf(key, KEY_BYTES));
  }

  private static byte[] key(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] key = new byte[KEY_BYTES];
    int length = Math.min(bytes.length, KEY_BYTES);
    System.arraycopy(bytes, bytes.length - length, key, KEY_BYTES - length, length);
    return key;
  }
}
