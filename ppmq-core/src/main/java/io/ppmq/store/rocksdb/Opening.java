package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.rocksdb.RocksDBException;

/**
 * Opens a store: locks the directory, checks its content, and only then lets RocksDB open it. If a
 * later step fails, everything opened so far is closed again.
 */
final class Opening {
  /** The disk space that opening needs besides the size of the write-ahead log. */
  static final long OPEN_BYTES = 1 << 19;

  private final Path directory;
  private final FreeSpace space;
  private final Reserve reserve;
  private final Consumer<String> warnings;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  Opening(Path directory, long minFreeBytes, Consumer<String> warnings) {
    this.directory = directory;
    this.space = new FreeSpace(directory, minFreeBytes);
    this.reserve = new Reserve(directory, space);
    this.warnings = warnings;
  }

  private interface Step<T> {
    T run() throws IOException, RocksDBException;
  }

  /** Opens the store of one machine, or makes one, with this first id. */
  RocksStore open(long firstIdIfNew) {
    return opened(
        () -> {
          Directory.prepare(directory);
          DirectoryLock lock = DirectoryLock.take(directory);
          opened.push(lock);
          Database database = openAll(lock::close, engine -> makeIfNew(engine, firstIdIfNew));
          Commits commits = new LocalCommits(database);
          Gone gone = new Gone(database.reclaiming());
          return database.use(
              engine -> new RocksStore(database, engine, identity(engine), commits, gone));
        });
  }

  /** Opens the store of a replica, which may be empty yet, in a directory that it has locked. */
  Database openReplica() {
    return opened(() -> openAll(() -> {}, this::checkReplica));
  }

  private <T> T opened(Step<T> step) {
    boolean done = false;
    try {
      T result = step.run();
      done = true;
      return result;
    } catch (RocksDBException e) {
      throw Tables.blame(directory, e);
    } catch (IOException e) {
      throw StoreException.refused("DataPath " + directory + " cannot be used", e);
    } finally {
      if (!done) {
        Natives.close(opened);
      }
    }
  }

  private interface Check {
    void on(Engine engine) throws RocksDBException;
  }

  private Database openAll(Runnable unlock, Check content) throws IOException, RocksDBException {
    Copy.removeLeftovers(directory);
    new Installation(directory).finish();
    Directory.closeToOthers(directory, warnings);
    makeRoom();
    space.warnOfSmallDisk(warnings);
    boolean isNew = Directory.isNew(directory);
    SyncedMark synced = new SyncedMark(directory);
    opened.push(synced);
    if (!isNew) {
      new ManifestCheck(directory).check(synced);
    }
    WalCheck wal = WalCheck.of(directory);
    wal.check(synced);
    wal.checkReaches(synced.sequenceBefore());
    synced.prepare();
    wal.mend(warnings);
    boolean keepLog = space.bytes() < wal.bytes() + OPEN_BYTES;
    if (keepLog) {
      WalCheck.sync(directory);
    }
    Engine engine = Engine.open(directory, isNew, space, keepLog);
    opened.push(engine);
    long recovered = engine.db().getLatestSequenceNumber();
    compare(recovered, Math.max(wal.lastSequence(), synced.sequenceBefore()));
    content.on(engine);
    synced.begin(engine.db().getLatestSequenceNumber());
    reserve.restore(
        engine.isIdle()); // the space given up for this start on a full disk is there for the next
    return new Database(directory, unlock, synced, space, reserve, new Presence(directory), engine);
  }

  /** Gives the reserve up if a full disk could not be opened otherwise. */
  private void makeRoom() {
    if (space.bytes() < OPEN_BYTES) {
      reserve.release();
      if (space.bytes() < FreeSpace.COMMIT_BYTES) {
        throw space.lacks(FreeSpace.COMMIT_BYTES);
      }
    }
  }

  private void makeIfNew(Engine engine, long firstId) throws RocksDBException {
    if (engine.db().getLatestSequenceNumber() == 0) {
      Identity.create(engine, firstId);
    }
    if (Identity.applied(engine) != null) {
      if (Files.exists(directory.resolve(Replica.NODE_FILE))) {
        throw new StoreException(
            "DataPath "
                + directory
                + " belongs to a cluster: other machines have the same data, and would miss changes made"
                + " only here; with the Cluster of that node in the configuration,"
                + " 'ppmq cluster force-single' takes it out of the cluster");
      }
      Identity.leaveCluster(engine); // it is a backup
    }
    identity(engine);
  }

  private void checkReplica(Engine engine) throws RocksDBException {
    boolean isEmpty =
        engine.db().getLatestSequenceNumber() == 0
            || (Identity.format(engine) == null && Identity.applied(engine) != null);
    if (!isEmpty) {
      identity(engine);
    }
  }

  private Identity identity(Engine engine) throws RocksDBException {
    Integer format = Identity.format(engine);
    if (format == null) {
      throw Directory.damaged(
          directory, "it holds a database that is not ppMQ's, or a damaged one");
    }
    if (format != Keys.FORMAT) {
      throw new StoreException(
          "DataPath "
              + directory
              + " is written in format "
              + format
              + ", this ppMQ reads format "
              + Keys.FORMAT);
    }
    Identity identity = Identity.of(engine);
    if (identity == null) {
      throw Directory.damaged(directory, "its nonce or its ids are missing");
    }
    return identity;
  }

  private void compare(long recovered, long expected) {
    if (recovered < expected) {
      throw Directory.damaged(
          directory,
          "RocksDB found changes up to " + recovered + " only, there are some up to " + expected);
    }
  }

  /**
   * Reopens a database after a failed write that may have left a torn end.
   *
   * @param committed the last change that is known to be in it
   * @param keepLog see {@link Engine#open}
   */
  static Engine reopen(
      Path directory, SyncedMark synced, long committed, FreeSpace space, boolean keepLog) {
    try {
      WalCheck wal = WalCheck.of(directory);
      wal.check(synced);
      wal.mend(torn -> {});
      Engine engine = Engine.open(directory, false, space, keepLog);
      long recovered = engine.db().getLatestSequenceNumber();
      if (recovered < committed) {
        engine.close();
        throw new StoreException(
            "DataPath "
                + directory
                + " lacks committed changes: it held changes up to "
                + committed
                + ", it holds them up to "
                + recovered);
      }
      synced.reopened();
      return engine;
    } catch (RocksDBException e) {
      throw Engine.refused(directory, e);
    } catch (IOException e) {
      throw StoreException.refused("DataPath " + directory + " cannot be used", e);
    }
  }
}
