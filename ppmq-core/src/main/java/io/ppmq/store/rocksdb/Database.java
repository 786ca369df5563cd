package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The database below a store, and its recovery after failures of the disk.
 *
 * <p>Once the {@link Reserve} is given up, writes for which the disk has no space are not even
 * tried. After a failed write RocksDB refuses all further ones. So the next attempt reopens the
 * database, when the disk takes writes again, and writes the same batch once more. Until then the
 * database can be read.
 *
 * <p>Every call borrows the {@link Engine} under a shared lock, and only closing and opening it
 * take the lock exclusively. So no native object is ever touched after it was freed: a call on a
 * closed store is an {@link IllegalStateException}. Any thread may call.
 */
final class Database {
  /** A call on the engine. */
  interface Use<T> {
    T on(Engine engine) throws RocksDBException;
  }

  /** A lookup in the engine. */
  interface Look<T> {
    @Nullable T on(Engine engine) throws RocksDBException;
  }

  private final Path directory;
  private final Runnable unlock;
  private final SyncedMark syncedMark;
  private final FreeSpace space;
  private final Reserve reserve;
  private final Reclaim reclaim;
  private final Presence presence;
  private final ReadWriteLock access = new ReentrantReadWriteLock();
  private @Nullable Engine engine;
  private final Object syncing = new Object();
  private final Object passing = new Object();
  private volatile boolean broken;
  private volatile long committedSequence;
  private volatile long committedWhenReclaimed;
  private volatile boolean syncFailed;
  private volatile boolean closed;

  Database(
      Path directory,
      Runnable unlock,
      SyncedMark syncedMark,
      FreeSpace space,
      Reserve reserve,
      Presence presence,
      Engine engine) {
    this.directory = directory;
    this.unlock = unlock;
    this.syncedMark = syncedMark;
    this.space = space;
    this.reserve = reserve;
    this.presence = presence;
    this.reclaim = new Reclaim(directory, space);
    this.engine = engine;
    this.committedSequence = engine.db().getLatestSequenceNumber();
  }

  Path directory() {
    return directory;
  }

  Reclaim reclaiming() {
    return reclaim;
  }

  /** The reason for refusing a publish of this many bytes; null when there is none. */
  @Nullable String shortage(long bytes) {
    String shortage = space.shortage(bytes);
    if (shortage != null) {
      presence.look(); // a missing directory has no free space either
    }
    return shortage;
  }

  /** The missing part of the data directory; null when nothing is known to be missing. */
  @Nullable String loss() {
    return presence.loss();
  }

  /** The first damage that was found since it was first opened; null for none. */
  @Nullable String damage() {
    return presence.damage();
  }

  /** The file system that it is on. */
  FreeSpace space() {
    return space;
  }

  /** Leaves this many bytes of the file system to others from now on. */
  synchronized void leaveFree(long minFreeBytes, Consumer<String> warnings) {
    long before = space.minBytes();
    if (minFreeBytes == before) {
      return;
    }
    space.leave(minFreeBytes);
    try {
      use(
          opened -> {
            opened.limitMemtables(space.memtablesBytes());
            return true;
          });
    } catch (StoreException e) {
      space.leave(before);
      throw e;
    }
    space.warnOfSmallDisk(warnings);
  }

  // ---- lending --------------------------------------------------------------------------------

  /** Lends the engine for the length of a call. */
  <T> T use(Use<T> use) {
    return Objects.requireNonNull(look(use::on));
  }

  /** Lends the engine for the length of a call that may find nothing. */
  <T> @Nullable T look(Look<T> look) {
    access.readLock().lock();
    try {
      return look.on(openEngine());
    } catch (RocksDBException e) {
      throw presence.reason(e);
    } catch (StoreException e) {
      throw presence.noted(e);
    } finally {
      access.readLock().unlock();
    }
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store in " + directory + " is closed");
    }
  }

  private Engine openEngine() {
    checkOpen();
    if (engine == null) {
      throw new StoreException("DataPath " + directory + " could not be opened again so far");
    }
    return engine;
  }

  // ---- writing --------------------------------------------------------------------------------

  /** Writes a batch to the log and to memory; see {@link #sync} for when it is on the disk. */
  void commit(WriteBatch changes) {
    committedSequence = write(changes, false);
  }

  /** Writes a batch by itself, to the disk; returns the position after it, for {@link #synced}. */
  long writeSynced(WriteBatch changes) {
    return write(changes, true);
  }

  /** Writes a batch, if necessary to a reopened database; returns the position after it. */
  private long write(WriteBatch changes, boolean sync) {
    long bytes = changes.getDataSize();
    if (presence.loss() != null) {
      presence.checkAll();
    }
    if (!space.hasRoom(bytes) && !(reserve.release() && space.hasRoom(bytes))) {
      presence.checkAll();
      throw space.lacks(bytes + FreeSpace.COMMIT_BYTES);
    }
    if (broken) {
      mend();
    }
    try {
      return use(
          engine -> {
            engine.db().write(sync ? engine.synced() : engine.unsynced(), changes);
            return engine.db().getLatestSequenceNumber();
          });
    } catch (StoreException e) {
      broken = true;
      throw e;
    }
  }

  /** Puts the log on the disk, if necessary with a reopened database. */
  void sync() {
    if (broken) {
      presence.checkAll();
      mend();
    }
    long sequence = use(this::syncUpTo);
    presence.check(); // files that were removed would take the synced data with them
    synced(sequence);
  }

  /** Puts the log on the disk; returns the position after it. */
  private long syncUpTo(Engine engine) throws RocksDBException {
    synchronized (syncing) {
      long upTo = engine.db().getLatestSequenceNumber();
      if (upTo > syncedMark.sequence() || syncFailed) {
        sync(engine);
      }
      return upTo;
    }
  }

  /**
   * Syncs the log, one thread at a time. After a sync that failed the kernel may have forgotten the
   * data that it could not write and would call the next sync a success; so then everything is
   * written again, as tables.
   */
  private void sync(Engine engine) throws RocksDBException {
    boolean again = syncFailed;
    syncFailed = true;
    try {
      if (again) {
        reclaim.flush(engine);
      } else {
        engine.db().syncWal();
      }
    } catch (RocksDBException e) {
      broken = true; // it takes no more writes either
      throw e;
    }
    syncFailed = false;
  }

  /** Notes the position up to which everything is on the disk. */
  void synced(long sequence) {
    access.readLock().lock(); // closing the database closes the mark
    try {
      checkOpen();
      syncedMark.synced(sequence);
    } catch (IOException e) {
      throw StoreException.refused(
          "DataPath " + directory + " refused ppmq.synced or ppmq.tables", e);
    } finally {
      access.readLock().unlock();
    }
  }

  /**
   * Gives back unused disk space, and space to the {@link Reserve}; if there is little space, only
   * when nothing was committed since the last time. One thread at a time.
   */
  void reclaim() {
    checkOpen();
    presence.checkAll();
    long committed = committedSequence;
    if (!reserve.isWhole()) {
      boolean quiet = committed == committedWhenReclaimed && !broken;
      reserve.restore(quiet && use(Engine::isIdle));
    }
    committedWhenReclaimed = committed;
    synchronized (passing) {
      use(this::pass);
    }
    synced(syncedMark.sequence()); // tables were written and deleted, which the MANIFEST tells
  }

  private boolean pass(Engine opened) throws RocksDBException {
    // A table that could not be written stays unwritten until the database is opened again.
    if (opened.db().getLongProperty("rocksdb.background-errors") > 0) {
      broken = true; // and never false: the writer may have found it broken meanwhile
    }
    if (!broken) {
      try {
        reclaim.run(opened, () -> synced(syncUpTo(opened)));
      } catch (RocksDBException e) {
        broken = true;
        throw e;
      }
    }
    return true;
  }

  // ---- closing and opening again --------------------------------------------------------------

  /**
   * Reopens the database, if the disk takes writes. The disk is tested beforehand, as far as
   * possible, since the old database can still be read. If the disk fails halfway, the new one is
   * opened for reading only. Both the writer and the syncer call this.
   */
  private synchronized void mend() {
    if (!broken) {
      return;
    }
    boolean keepLog = !syncFailed;
    try {
      Directory.probe(directory);
      if (keepLog) {
        WalCheck.sync(directory);
      }
    } catch (IOException e) {
      throw new StoreException("DataPath " + directory + " refused: " + e.getMessage(), e);
    }
    long needed = keepLog ? 0 : Opening.OPEN_BYTES + Directory.bytes(directory, ".log");
    if (space.bytes() < needed) {
      throw space.lacks(needed);
    }
    reopen(keepLog);
  }

  private void reopen(boolean keepLog) {
    reclaim.stop();
    access.writeLock().lock();
    try {
      checkOpen();
      closeEngine();
      engine = Opening.reopen(directory, syncedMark, committedSequence, space, keepLog);
      broken = false;
    } catch (StoreException e) {
      openToRead(e);
      throw e;
    } finally {
      access.writeLock().unlock();
      reclaim.resume();
    }
  }

  private void openToRead(StoreException refused) {
    try {
      engine = Engine.openToRead(directory);
    } catch (RocksDBException e) {
      refused.addSuppressed(e);
    }
  }

  private void closeEngine() {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Closes it finally, when no call is under way any more.
   *
   * @param before resources to free before the engine
   */
  void close(Runnable before) {
    reclaim.stop();
    access.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      before.run();
      syncLast();
      boolean opened = engine != null;
      closeEngine();
      if (opened && presence.look() == null) {
        reserve.restore(true); // the start gave it up, and may be no more than a moment ago
      }
      syncedMark.close();
      unlock.run();
    } catch (IOException e) {
      throw StoreException.refused("DataPath " + directory + " could not be closed", e);
    } finally {
      access.writeLock().unlock();
    }
  }

  /** Syncs everything for a clean stop; if the disk refuses, the data stays committed. */
  private void syncLast() throws IOException {
    if (engine == null || syncFailed) {
      return;
    }
    try {
      long sequence = engine.db().getLatestSequenceNumber();
      engine.db().syncWal();
      syncedMark.synced(sequence);
    } catch (RocksDBException e) {
      syncFailed = true;
    }
  }
}
