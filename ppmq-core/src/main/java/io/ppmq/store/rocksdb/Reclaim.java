package io.ppmq.store.rocksdb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/**
 * Gives back the disk space of dropped and removed data.
 *
 * <p>Dropped entries lie in ranges: their files are deleted whole, and the rest at the edges is
 * deleted as a range and compacted away. Entries that are removed one by one are counted, and a
 * family is compacted when a good part of it is dead according to the count, so that the freed
 * space is worth the work. When little is written and much was dropped, the memtables are flushed
 * as well, since only that releases the write-ahead log.
 *
 * <p>The committing thread notes removed data; one thread at a time runs a pass. It notes only
 * committed changes, and ids never come back, so a range can be deleted at any later time. But
 * files are deleted at once, while the drop itself may not have reached the disk: so that is synced
 * before. Otherwise a loss of power might take both a message and its outcome.
 */
final class Reclaim {
  /** Syncs the committed changes to the disk. */
  interface Sync {
    void run() throws RocksDBException;
  }

  private static final long MIB = 1 << 20;

  /** This many dead bytes are worth work while the broker is busy. */
  private static final long WORTH_BYTES = 8 * MIB;

  /** This many dead bytes are worth work while it is quiet. */
  private static final long WORTH_QUIET_BYTES = MIB / 4;

  /**
   * This many dropped bytes may be left in files while the broker is busy: later the whole files
   * go, together with newer entries, and need not be written again.
   */
  private static final long LEFT_BUSY_BYTES = 16 * MIB;

  /** A log of this many bytes is worth a flush while it is quiet. */
  private static final long WORTH_WAL_BYTES = 4 * MIB;

  /** It is quiet when less was written since the pass before. */
  private static final long QUIET_BYTES = MIB / 4;

  private final Path directory;
  private final FreeSpace space;
  private final DroppedRanges ranges = new DroppedRanges();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong removedLog = new AtomicLong();
  private final AtomicLong removedKeyed = new AtomicLong();
  private final AtomicLong removedExpiry = new AtomicLong();
  private final AtomicLong removedDelayed = new AtomicLong();

  private volatile boolean goneSinceFlush;
  private volatile boolean goneSincePass;

  /** Whether the last pass found work, or the broker too busy: there may be more. */
  private volatile boolean unsettled;

  private @Nullable CompactRangeOptions compacting;
  private boolean stopped;

  Reclaim(Path directory, FreeSpace space) {
    this.directory = directory;
    this.space = space;
  }

  /** Notes that this many bytes were committed, which took this many from the families. */
  void committed(long bytes, long log, long keyed, long expiry, long delayed) {
    written.addAndGet(bytes);
    removedLog.addAndGet(log);
    removedKeyed.addAndGet(keyed);
    removedExpiry.addAndGet(expiry);
    removedDelayed.addAndGet(delayed);
    if (log + keyed + expiry + delayed > 0) {
      gone();
    }
  }

  /** Notes that a committed change dropped the entries between two ids of a log. */
  void dropped(int topic, int priority, long from, long to) {
    ranges.add(topic, priority, from, to);
    gone();
  }

  /**
   * One pass. Blocks for the worthwhile work; free when nothing was removed.
   *
   * @param sync called before files are deleted
   * @throws RocksDBException when the disk refuses; a later pass does the rest
   */
  void run(Engine engine, Sync sync) throws RocksDBException {
    boolean quiet = written.getAndSet(0) < QUIET_BYTES;
    if (!goneSincePass && !(unsettled && quiet)) {
      return;
    }
    goneSincePass = false;
    boolean flush = goneSinceFlush && quiet && isFlushWorth();
    List<DroppedRanges.Range> dropped = ranges.all();
    boolean worth = bytes(engine, dropped) >= (quiet ? WORTH_QUIET_BYTES : WORTH_BYTES);
    if (worth || flush) {
      delete(engine, dropped, quiet ? WORTH_QUIET_BYTES : LEFT_BUSY_BYTES, sync);
    }
    if (flush) {
      flush(engine);
    }
    compact(engine, engine.log(), removedLog, quiet);
    compact(engine, engine.keyed(), removedKeyed, quiet);
    compact(engine, engine.expiry(), removedExpiry, quiet);
    compact(engine, engine.delayed(), removedDelayed, quiet);
    unsettled = worth || flush || !quiet;
    if (!unsettled) {
      ranges.forget(dropped);
    }
  }

  /** Makes a pass that is under way end soon, and those after it do nothing. */
  synchronized void stop() {
    stopped = true;
    if (compacting != null) {
      compacting.setCanceled(true);
    }
  }

  /** Lets passes work again. */
  synchronized void resume() {
    stopped = false;
  }

  private void gone() {
    goneSinceFlush = true;
    goneSincePass = true;
  }

  private void delete(Engine engine, List<DroppedRanges.Range> dropped, long leave, Sync sync)
      throws RocksDBException {
    if (dropped.isEmpty()) {
      return;
    }
    sync.run();
    List<byte[]> ends = new ArrayList<>();
    for (DroppedRanges.Range range : dropped) {
      ends.add(range.start());
      ends.add(range.end());
    }
    engine.db().deleteFilesInRanges(engine.log(), ends, false);
    long left = bytes(engine, dropped);
    if (left >= leave && hasRoom(left)) {
      compactAway(engine, dropped);
    }
  }

  private void compactAway(Engine engine, List<DroppedRanges.Range> dropped)
      throws RocksDBException {
    for (DroppedRanges.Range range : dropped) {
      engine.db().deleteRange(engine.log(), engine.unsynced(), range.start(), range.end());
    }
    for (DroppedRanges.Range range : dropped) {
      if (bytes(engine, List.of(range)) > 0) {
        compact(engine, engine.log(), range.start(), range.end());
      }
    }
  }

  /** Writes all memtables to tables, which releases the write-ahead log. */
  void flush(Engine engine) throws RocksDBException {
    goneSinceFlush = false;
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      engine.db().flush(options, engine.families());
    }
  }

  private void compact(Engine engine, ColumnFamilyHandle family, AtomicLong removed, boolean quiet)
      throws RocksDBException {
    long dead = removed.get();
    if (dead < (quiet ? WORTH_QUIET_BYTES : WORTH_BYTES)) {
      return;
    }
    long files = engine.db().getLongProperty(family, "rocksdb.total-sst-files-size");
    if (dead >= files / (quiet ? 4 : 2) && hasRoom(files)) {
      removed.addAndGet(-dead);
      compact(engine, family, null, null);
    }
  }

  private void compact(
      Engine engine, ColumnFamilyHandle family, byte @Nullable [] from, byte @Nullable [] to)
      throws RocksDBException {
    try (CompactRangeOptions options = begin()) {
      engine.db().compactRange(family, from, to, options);
    } catch (RocksDBException e) {
      if (!isStopped()) {
        throw e;
      }
    } finally {
      end();
    }
  }

  private synchronized CompactRangeOptions begin() {
    CompactRangeOptions options =
        new CompactRangeOptions().setExclusiveManualCompaction(false).setAllowWriteStall(false);
    options.setCanceled(stopped);
    compacting = options;
    return options;
  }

  private synchronized void end() {
    compacting = null;
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private static long bytes(Engine engine, List<DroppedRanges.Range> dropped) {
    long bytes = 0;
    for (DroppedRanges.Range range : dropped) {
      bytes += engine.bytes(engine.log(), range.start(), range.end());
    }
    return bytes;
  }

  private boolean isFlushWorth() {
    long bytes = Directory.bytes(directory, ".log");
    return bytes >= WORTH_WAL_BYTES && hasRoom(bytes);
  }

  /**
   * Whether there is space to write this many bytes again, or the part of them that is stored twice
   * at a time.
   */
  private boolean hasRoom(long bytes) {
    return space.bytes() >= Math.min(bytes, Tuning.MEMTABLES_BYTES) + MIB;
  }
}
