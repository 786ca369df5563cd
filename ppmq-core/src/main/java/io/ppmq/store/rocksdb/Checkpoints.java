package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDBException;

/**
 * Makes a second store out of links to the tables of one that is in use, which takes as long as
 * writing its memtables.
 */
final class Checkpoints {
  /** The free space that it needs, because memtables are written as tables for it. */
  private static final long ROOM_BYTES = 2 * Tuning.MEMTABLES_BYTES;

  private Checkpoints() {}

  /**
   * Makes a checkpoint.
   *
   * @param to on the same file system; does not exist
   */
  static void make(Database database, Path to) throws IOException {
    Path from = database.directory();
    if (FreeSpace.in(from) < ROOM_BYTES) {
      throw new StoreException(
          "there is too little room in " + from + " for a copy: it needs " + ROOM_BYTES + " bytes");
    }
    long sequence =
        database.use(
            engine -> {
              long upTo = engine.db().getLatestSequenceNumber();
              make(engine, to);
              return upTo;
            });
    try (SyncedMark mark = new SyncedMark(to)) {
      WalCheck.of(to).mend(torn -> {});
      mark.begin(sequence);
    }
  }

  private static void make(Engine engine, Path to) throws RocksDBException {
    try (Checkpoint maker = Checkpoint.create(engine.db())) {
      maker.createCheckpoint(to.toString());
    }
  }
}
