package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.MutableDBOptions;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB: the one owner of its handles, which are freed in the only order that is safe.
 *
 * <p>Use of a freed handle crashes the process, so no class keeps one: {@link Database} lends the
 * engine for the length of a call and closes it when none is under way.
 */
class Engine implements AutoCloseable {
  private static final byte[] NOTHING = {};

  /** Above 0 when tables are being written, or about to be. */
  private static final List<String> BUSY =
      List.of(
          "rocksdb.num-running-flushes",
          "rocksdb.num-running-compactions",
          "rocksdb.mem-table-flush-pending",
          "rocksdb.compaction-pending");

  /**
   * The approximate amount that one {@link #findAhead} returns, whatever the size of the values.
   */
  private static final long AHEAD_BYTES = 64 << 10;

  private final Deque<AutoCloseable> owned;
  private final RocksDB db;
  private final List<ColumnFamilyHandle> families;
  private final WriteOptions unsynced;
  private final WriteOptions synced;
  private final ReadOptions reads;
  private final ReadOptions readsAhead;
  private final Set<Walk> walks = ConcurrentHashMap.newKeySet();

  private Engine(Deque<AutoCloseable> owned, RocksDB db, List<ColumnFamilyHandle> families) {
    this.owned = owned;
    this.db = db;
    this.families = families;
    families.forEach(owned::push);
    this.unsynced = new WriteOptions();
    owned.push(unsynced);
    this.synced = new WriteOptions().setSync(true);
    owned.push(synced);
    this.reads = new ReadOptions();
    owned.push(reads);
    this.readsAhead = new ReadOptions().setValueSizeSoftLimit(AHEAD_BYTES);
    owned.push(readsAhead);
  }

  /** Another view of one that is open, which owns nothing. */
  Engine(Engine other) {
    this.owned = new ArrayDeque<>();
    this.db = other.db;
    this.families = other.families;
    this.unsynced = other.unsynced;
    this.synced = other.synced;
    this.reads = other.reads;
    this.readsAhead = other.readsAhead;
  }

  /** The way to open a database. */
  private interface Way {
    RocksDB open(Tuning tuning, List<ColumnFamilyHandle> families) throws RocksDBException;
  }

  /**
   * Opens the RocksDB in a directory, or makes one there.
   *
   * @param keepLog whether the content of the write-ahead log stays there, which takes no space,
   *     and is not written to tables. Then it must be on the disk already, because a later sync
   *     does not cover it
   */
  static Engine open(Path directory, boolean create, FreeSpace space, boolean keepLog)
      throws RocksDBException {
    Tuning tuning = new Tuning(create, space.memtablesBytes());
    tuning.database().setAvoidFlushDuringRecovery(keepLog);
    return open(
        tuning,
        (t, families) -> RocksDB.open(t.database(), path(directory), t.families(), families));
  }

  /** Opens the existing database for reading only; writes only a log of its own, if it can. */
  static Engine openToRead(Path directory) throws RocksDBException {
    return open(
        new Tuning(false),
        (t, families) ->
            RocksDB.openReadOnly(t.database(), path(directory), t.familiesOf(directory), families));
  }

  private static Engine open(Tuning tuning, Way way) throws RocksDBException {
    Deque<AutoCloseable> owned = new ArrayDeque<>();
    owned.push(tuning);
    try {
      List<ColumnFamilyHandle> families = new ArrayList<>();
      RocksDB db = way.open(tuning, families);
      owned.push(db);
      return new Engine(owned, db, families);
    } catch (RocksDBException e) {
      Natives.close(owned);
      throw e;
    }
  }

  private static String path(Path directory) {
    return directory.toString();
  }

  /** The last change that an open would find; changes nothing and deletes nothing. */
  static long sequenceOf(Path directory) throws RocksDBException {
    List<ColumnFamilyHandle> families = new ArrayList<>();
    try (Tuning tuning = new Tuning(false);
        RocksDB db =
            RocksDB.openReadOnly(
                tuning.database(), directory.toString(), tuning.familiesOf(directory), families)) {
      long sequence = db.getLatestSequenceNumber();
      families.forEach(ColumnFamilyHandle::close);
      return sequence;
    }
  }

  /** The sentence of a failure, with the file that RocksDB names in it. */
  static StoreException refused(Path directory, RocksDBException e) {
    String reason = String.valueOf(e.getMessage());
    String sentence = "DataPath " + directory + " refused: " + reason;
    return isDamage(e)
        ? StoreException.damage(sentence + Directory.HINT, e)
        : new StoreException(sentence, e);
  }

  /** Whether earlier data cannot be read any more, however often it is tried. */
  static boolean isDamage(RocksDBException e) {
    Status status = e.getStatus();
    return (status != null && status.getCode() == Status.Code.Corruption)
        || String.valueOf(e.getMessage()).contains("No such file or directory");
  }

  /**
   * Makes RocksDB write memtables to tables at this total size, and bounds the write-ahead log by
   * the same size; their present content stays.
   */
  void limitMemtables(long memtablesBytes) throws RocksDBException {
    for (int i = 0; i < families.size(); i++) {
      db.setOptions(
          families.get(i),
          MutableColumnFamilyOptions.builder()
              .setWriteBufferSize(memtablesBytes / 8 * Tuning.EIGHTHS.get(i))
              .build());
    }
    db.setDBOptions(MutableDBOptions.builder().setMaxTotalWalSize(memtablesBytes).build());
  }

  /** Whether no table is being written, nor about to be. */
  boolean isIdle() throws RocksDBException {
    for (String property : BUSY) {
      for (ColumnFamilyHandle family : families) {
        if (db.getLongProperty(family, property) > 0) {
          return false;
        }
      }
    }
    return true;
  }

  RocksDB db() {
    return db;
  }

  ColumnFamilyHandle state() {
    return families.get(0);
  }

  ColumnFamilyHandle log() {
    return families.get(1);
  }

  ColumnFamilyHandle keyed() {
    return families.get(2);
  }

  ColumnFamilyHandle expiry() {
    return families.get(3);
  }

  ColumnFamilyHandle delayed() {
    return families.get(4);
  }

  List<ColumnFamilyHandle> families() {
    return families;
  }

  /** The options for writes that a later sync covers. */
  WriteOptions unsynced() {
    return unsynced;
  }

  /** The options for writes that must be on the disk at once. */
  WriteOptions synced() {
    return synced;
  }

  byte @Nullable [] find(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    return db.get(family, reads, key);
  }

  /**
   * The values of these keys, in their order, for half of the cost of single lookups. Null if there
   * is no value, if it was too much for one call, or if it cannot be read.
   */
  List<byte @Nullable []> findAhead(ColumnFamilyHandle family, List<byte[]> keys)
      throws RocksDBException {
    return db.multiGetAsList(readsAhead, Collections.nCopies(keys.size(), family), keys);
  }

  /** The size of a committed value; 0 when there is none. */
  long valueBytes(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    return Math.max(0, db.get(family, reads, key, NOTHING));
  }

  /** The approximate number of bytes in tables between two keys. */
  long bytes(ColumnFamilyHandle family, byte[] from, byte[] to) {
    return bytes(family, from, to, SizeApproximationFlag.INCLUDE_FILES);
  }

  /** The approximate number of bytes between two keys, in tables and in memory. */
  long bytesWithMemtables(ColumnFamilyHandle family, byte[] from, byte[] to) {
    return bytes(
        family,
        from,
        to,
        SizeApproximationFlag.INCLUDE_FILES,
        SizeApproximationFlag.INCLUDE_MEMTABLES);
  }

  private long bytes(
      ColumnFamilyHandle family, byte[] from, byte[] to, SizeApproximationFlag... what) {
    try (Slice start = new Slice(from);
        Slice end = new Slice(to)) {
      return db.getApproximateSizes(family, List.of(new Range(start, end)), what)[0];
    }
  }

  /**
   * The items from {@code from} to before {@code to}, both exact: keys outside are never touched.
   * To be closed soon, since it keeps files open.
   */
  Scan scan(ColumnFamilyHandle family, byte[] from, byte[] to) {
    return new Scan(db, family, from, to);
  }

  /** All items of a family that begin with {@code prefix}. */
  Scan scan(ColumnFamilyHandle family, byte[] prefix) {
    return scan(family, prefix, Keys.after(prefix));
  }

  /** Begins an iteration over the present content. */
  Walk walk() throws RocksDBException {
    Walk walk = new Walk(this);
    walks.add(walk);
    return walk;
  }

  /** An iteration has released its resources. */
  void ended(Walk walk) {
    walks.remove(walk);
  }

  @Override
  public void close() {
    walks.forEach(Walk::close);
    Natives.close(owned);
  }
}
