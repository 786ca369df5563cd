package io.ppmq.store.rocksdb;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** An iteration over a range of keys as the commit under way leaves them. */
final class ScanWithBegun extends Scan {
  private final Begun.Family begun;
  private final int begin;
  private final int end;

  /** The key of the database's own iteration; null when it is at its end. */
  private byte @Nullable [] stored;

  /** The position of the iteration over the commit. */
  private int place;

  private boolean isAtBegun;

  ScanWithBegun(RocksDB db, ColumnFamilyHandle family, byte[] from, byte[] to, Begun.Family begun) {
    super(db, family, from, to);
    this.begun = begun;
    this.begin = begun.lowerBound(from);
    this.end = Math.max(begin, begun.lowerBound(to));
  }

  @Override
  boolean first() throws RocksDBException {
    place = begin;
    stands(super.first());
    return settle();
  }

  @Override
  boolean next() throws RocksDBException {
    if (isAtBegun) {
      place++;
    } else {
      stands(super.next());
    }
    return settle();
  }

  /** Moves, if necessary, to the next visible key. */
  private boolean settle() throws RocksDBException {
    while (stored != null || place < end) {
      byte[] own = stored;
      int order = own == null ? -1 : place == end ? 1 : begun.compare(place, own);
      if (own == null || order < 0) {
        if (!begun.isDeleted(place)) {
          isAtBegun = true;
          return true;
        }
        place++;
      } else if (order == 0) {
        stands(super.next()); // the commit changes it
      } else {
        byte[] rangeEnd = begun.rangeEnd(own);
        if (rangeEnd == null) {
          isAtBegun = false;
          return true;
        }
        stands(seek(rangeEnd));
      }
    }
    return false;
  }

  /** Moves to the last key; it cannot continue from there. */
  @Override
  boolean last() throws RocksDBException {
    place = end - 1;
    while (place >= begin && begun.isDeleted(place)) {
      place--;
    }
    stands(super.last());
    while (stored != null && begun.decides(stored)) {
      stands(previous());
    }
    if (stored == null && place < begin) {
      return false;
    }
    isAtBegun = stored == null || (place >= begin && begun.compare(place, stored) > 0);
    return true;
  }

  private void stands(boolean found) {
    stored = found ? super.key() : null;
  }

  @Override
  byte[] key() {
    return isAtBegun ? begun.key(place) : Objects.requireNonNull(stored);
  }

  @Override
  byte[] value() {
    return isAtBegun ? begun.value(place) : super.value();
  }
}
