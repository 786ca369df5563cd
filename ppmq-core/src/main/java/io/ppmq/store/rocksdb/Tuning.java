package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;

/**
 * The settings of RocksDB, and their native objects.
 *
 * <p>All sizes have one aim: the engine stays small, whatever the size of the queues. Memtables
 * together are bounded by {@link #MEMTABLES_BYTES}, blocks, indexes and filters by {@link
 * #CACHE_BYTES}, and open files by {@link #OPEN_FILES_MAX}, so that nothing grows with the backlog
 * but the disk.
 */
final class Tuning implements AutoCloseable {
  static {
    RocksDB.loadLibrary(); // nothing native is made before this
  }

  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  /** The launcher sets this if the process may have less than 60 MiB of memory. */
  private static final boolean SMALL = "small".equals(System.getProperty("io.ppmq.memory"));

  /**
   * The size of all memtables together, if the disk is large enough; beyond it the largest is
   * flushed. The same number bounds the write-ahead log: beyond it the content of its oldest file
   * is flushed.
   */
  static final long MEMTABLES_BYTES = (SMALL ? 8 : 16) * MIB;

  /**
   * The share of each column family: state, log, keyed, expiry and delayed. Their sum is more than
   * the total, because few brokers fill all of them.
   */
  static final List<Integer> EIGHTHS = List.of(1, 4, 2, 1, 2);

  private static final long CACHE_BYTES = (SMALL ? 4 : 8) * MIB;
  private static final int OPEN_FILES_MAX = 64;
  private static final int BLOOM_BITS_PER_KEY = 10;

  /**
   * An index of keys of 4 KiB that begin alike is as large as the tables before they are
   * compressed, unless each key is stored as its difference from the key before it. A block of the
   * index must have room for several of them; while a table is written each block has buffers.
   */
  private static final int INDEX_RESTART_INTERVAL = 16;

  private static final long INDEX_BLOCK_BYTES = 16 * KIB;

  private static final double MEMTABLE_FILTER_PART = 0.01;

  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final DBOptions database;
  private final List<ColumnFamilyDescriptor> families;

  /**
   * The settings for a disk of any size.
   *
   * @param create whether to make a database if there is none
   */
  Tuning(boolean create) {
    this(create, MEMTABLES_BYTES);
  }

  /**
   * The settings for a disk that has room for memtables of this many bytes together.
   *
   * @param create whether to make a database if there is none
   */
  Tuning(boolean create, long memtablesBytes) {
    long eighth = memtablesBytes / 8;
    LRUCache cache = own(new LRUCache(CACHE_BYTES, 0));
    this.families =
        List.of(
            new ColumnFamilyDescriptor(
                Keys.STATE, family(EIGHTHS.get(0) * eighth, table(cache, 4 * KIB))),
            new ColumnFamilyDescriptor(
                Keys.LOG, family(EIGHTHS.get(1) * eighth, table(cache, 16 * KIB))),
            new ColumnFamilyDescriptor(
                Keys.KEYED, filtered(family(EIGHTHS.get(2) * eighth, filtered(cache)))),
            new ColumnFamilyDescriptor(
                Keys.EXPIRY, family(EIGHTHS.get(3) * eighth, table(cache, 4 * KIB))),
            new ColumnFamilyDescriptor(
                Keys.DELAYED, family(EIGHTHS.get(4) * eighth, table(cache, 16 * KIB))));
    this.database = own(database(create, memtablesBytes));
  }

  DBOptions database() {
    return database;
  }

  /** In the order of {@link Keys#families}. */
  List<ColumnFamilyDescriptor> families() {
    return families;
  }

  /** Those of them that the database in a directory has. */
  List<ColumnFamilyDescriptor> familiesOf(Path directory) throws RocksDBException {
    try (Options options = new Options()) {
      Set<Bytes> present = new HashSet<>();
      RocksDB.listColumnFamilies(options, directory.toString())
          .forEach(name -> present.add(Bytes.of(name)));
      return families.stream()
          .filter(family -> present.contains(Bytes.of(family.getName())))
          .toList();
    }
  }

  private static DBOptions database(boolean create, long memtablesBytes) {
    return new DBOptions()
        .setCreateIfMissing(create)
        .setCreateMissingColumnFamilies(true)
        .setParanoidChecks(true)
        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
        .setDbWriteBufferSize(memtablesBytes)
        .setMaxTotalWalSize(memtablesBytes)
        .setAvoidFlushDuringShutdown(true)
        .setMaxOpenFiles(OPEN_FILES_MAX)
        .setMaxFileOpeningThreads(1)
        .setTableCacheNumshardbits(2)
        .setMaxBackgroundJobs(2)
        .setSkipStatsUpdateOnDbOpen(true)
        .setAllowFAllocate(false) // so that the reported size of the directory is its real size
        .setManifestPreallocationSize(64 * KIB)
        .setMaxManifestFileSize(MIB)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(256 * KIB)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setEnableThreadTracking(false);
  }

  private ColumnFamilyOptions family(long memtableBytes, BlockBasedTableConfig table) {
    return own(new ColumnFamilyOptions())
        .setWriteBufferSize(memtableBytes)
        .setArenaBlockSize(memtableBytes / 32)
        .setMaxWriteBufferNumber(2)
        .setTargetFileSizeBase(8 * MIB)
        .setMaxBytesForLevelBase(32 * MIB)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(table);
  }

  private static BlockBasedTableConfig table(LRUCache cache, long blockBytes) {
    return new BlockBasedTableConfig()
        .setBlockCache(cache)
        .setBlockSize(blockBytes)
        .setCacheIndexAndFilterBlocks(true)
        .setIndexType(IndexType.kTwoLevelIndexSearch)
        .setIndexBlockRestartInterval(INDEX_RESTART_INTERVAL)
        .setMetadataBlockSize(INDEX_BLOCK_BYTES)
        .setPinTopLevelIndexAndFilter(false);
  }

  /**
   * Most keys that are looked up are new: a filter over data that is not in a file yet finds that.
   */
  private static ColumnFamilyOptions filtered(ColumnFamilyOptions family) {
    return family
        .setMemtablePrefixBloomSizeRatio(MEMTABLE_FILTER_PART)
        .setMemtableWholeKeyFiltering(true);
  }

  private BlockBasedTableConfig filtered(LRUCache cache) {
    return table(cache, 4 * KIB)
        .setFilterPolicy(own(new BloomFilter(BLOOM_BITS_PER_KEY)))
        .setPartitionFilters(true);
  }

  private <T extends AutoCloseable> T own(T object) {
    owned.push(object);
    return object;
  }

  /** Frees its objects, the last first; the database that used them is closed by then. */
  @Override
  public void close() {
    Natives.close(owned);
  }
}
