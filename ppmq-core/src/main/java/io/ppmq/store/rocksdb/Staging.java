package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;

/**
 * A read-only database assembled from the remaining tables and write-ahead log of a damaged one:
 * links to the tables, a list of them without order, and a log of the whole records of the old one.
 * So RocksDB itself finds the newest value of a key and the deletions, as far as they are readable.
 */
final class Staging implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final RocksDB db;
  private final List<ColumnFamilyHandle> families = new ArrayList<>();
  private final ReadOptions reads;

  private Staging(Path directory) throws RocksDBException {
    Tuning tuning = new Tuning(false);
    owned.push(tuning);
    DBOptions options =
        tuning
            .database()
            .setParanoidChecks(false)
            .setWalRecoveryMode(WALRecoveryMode.SkipAnyCorruptedRecords);
    List<ColumnFamilyDescriptor> descriptors = tuning.families();
    descriptors.forEach(family -> family.getOptions().setForceConsistencyChecks(false));
    boolean opened = false;
    try {
      this.db = RocksDB.openReadOnly(options, directory.toString(), descriptors, families);
      opened = true;
    } finally {
      if (!opened) {
        Natives.close(owned);
      }
    }
    owned.push(db);
    families.forEach(owned::push);
    this.reads = new ReadOptions().setFillCache(false);
    owned.push(reads);
  }

  /**
   * Assembles a database and opens it.
   *
   * @param directory its directory; made here
   * @param tables files of tables, wherever they are, with the column family of each
   * @param logs files of a write-ahead log without damage
   */
  static Staging open(Path directory, List<StoredTable> tables, List<Path> logs)
      throws IOException, RocksDBException {
    Files.createDirectory(directory);
    List<TableList.Table> listed = new ArrayList<>();
    for (StoredTable table : tables) {
      listed.add(new TableList.Table(table.number(), table.family(), Files.size(table.file())));
      link(directory, table.file());
    }
    for (Path log : logs) {
      link(directory, log);
    }
    TableList.write(directory.resolve("MANIFEST-000001"), Keys.families(), listed);
    Files.write(directory.resolve("CURRENT"), "MANIFEST-000001\n".getBytes(US_ASCII));
    return new Staging(directory);
  }

  private static void link(Path directory, Path file) throws IOException {
    Files.createSymbolicLink(
        directory.resolve(String.valueOf(file.getFileName())), file.toRealPath());
  }

  /** An iterator over a whole column family, to be closed before this. */
  RocksIterator iterator(int family) {
    return db.newIterator(families.get(family), reads);
  }

  @Override
  public void close() {
    Natives.close(owned);
  }
}
