package io.ppmq.store.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * An iteration over a range of keys, for a try block. It is bounded on both sides: RocksDB steps
 * over every deleted key, so an iteration that begins in consumed ranges would cost more the longer
 * the broker runs.
 */
class Scan implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final RocksIterator iterator;

  Scan(RocksDB db, ColumnFamilyHandle family, byte[] from, byte[] to) {
    Slice lower = new Slice(from);
    owned.push(lower);
    Slice upper = new Slice(to);
    owned.push(upper);
    ReadOptions options = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
    owned.push(options);
    this.iterator = db.newIterator(family, options);
    owned.push(iterator);
  }

  /** Moves to the first key; false when there is none. */
  boolean first() throws RocksDBException {
    iterator.seekToFirst();
    return found();
  }

  /** Moves to the last key; false when there is none. */
  boolean last() throws RocksDBException {
    iterator.seekToLast();
    return found();
  }

  /** Moves to the next key; false when there is none. */
  boolean next() throws RocksDBException {
    iterator.next();
    return found();
  }

  byte[] key() {
    return iterator.key();
  }

  byte[] value() {
    return iterator.value();
  }

  /** Moves to the first key that is not before this one; false when there is none. */
  final boolean seek(byte[] key) throws RocksDBException {
    iterator.seek(key);
    return found();
  }

  /** Moves to the previous key; false when there is none. */
  final boolean previous() throws RocksDBException {
    iterator.prev();
    return found();
  }

  private boolean found() throws RocksDBException {
    if (iterator.isValid()) {
      return true;
    }
    iterator.status();
    return false;
  }

  @Override
  public final void close() {
    Natives.close(owned);
  }
}
