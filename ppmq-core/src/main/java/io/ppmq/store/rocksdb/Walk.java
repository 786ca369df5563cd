package io.ppmq.store.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * An iteration over the whole content of a database at one moment. It lasts over several loans of
 * the engine by {@link Database}, until it or the engine is closed.
 */
final class Walk implements AutoCloseable {
  private final Engine engine;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final List<RocksIterator> iterators;
  private boolean closed;

  Walk(Engine engine) throws RocksDBException {
    this.engine = engine;
    ReadOptions options = new ReadOptions().setFillCache(false);
    owned.push(options);
    this.iterators = engine.db().newIterators(engine.families(), options);
    iterators.forEach(owned::push);
    iterators.forEach(RocksIterator::seekToFirst);
  }

  /** The counterpart of each column family in {@link Keys#families()}. */
  RocksIterator iterator(int family) {
    return iterators.get(family);
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Natives.close(owned);
      engine.ended(this);
    }
  }
}
