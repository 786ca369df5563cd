package io.ppmq.store.rocksdb;

import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Fills a database that is not in use yet: without a write-ahead log, in batches, and with
 * everything on the disk at the end.
 */
final class BulkLoad implements AutoCloseable {
  private static final long BATCH_BYTES = 1 << 18;
  private static final byte[] NOTHING = {};

  private final Engine engine;
  private final WriteBatch batch = new WriteBatch();
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);

  BulkLoad(Engine engine) {
    this.engine = engine;
  }

  void put(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    put(family, key, NOTHING);
  }

  void put(ColumnFamilyHandle family, byte[] key, byte[] value) throws RocksDBException {
    batch.put(family, key, value);
    if (batch.getDataSize() >= BATCH_BYTES) {
      write();
    }
  }

  void delete(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    batch.delete(family, key);
  }

  /** Makes everything so far visible to reads. */
  void write() throws RocksDBException {
    engine.db().write(unlogged, batch);
    batch.clear();
  }

  /** Puts everything on the disk. */
  void finish() throws RocksDBException {
    write();
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      engine.db().flush(options, engine.families());
    }
  }

  @Override
  public void close() {
    batch.close();
    unlogged.close();
  }
}
