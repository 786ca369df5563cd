package io.ppmq.store.rocksdb;

import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node's copy of the store that a cluster keeps. The entries of the log change it one after
 * another, so it is the same on every node. It is empty until the founding entry, or a checkpoint
 * of another node.
 *
 * <p>One thread applies entries; all else any thread may call at any time. A call that needs the
 * store at one place of the log delays applying meanwhile, and {@link #replaceBy} and {@link
 * #close} wait for all calls under way.
 */
public final class Replica implements AutoCloseable {
  /** Lies beside the copy of a node, and not in a backup of it. */
  public static final String NODE_FILE = "ppmq.node";

  /** The outcome of an entry. */
  public enum Outcome {
    /** It is in the store. */
    APPLIED,
    /** It is not above the last applied entry: nothing was done. */
    KNOWN,
    /** Its broker leads no more, or lost the entry before: every node passes it by. */
    FENCED
  }

  private final Path directory;
  private volatile long minFreeBytes;
  private final Consumer<String> warnings;
  private final DirectoryLock lock;
  private final ReadWriteLock life = new ReentrantReadWriteLock();

  // Changed under the write lock of life.
  private volatile @Nullable Database database;
  private volatile AppliedEntries entries;
  private volatile boolean closed;

  private volatile @Nullable ProposedCommits led;
  private volatile int form = EntryForm.FIRST;

  private Replica(
      Path directory, long minFreeBytes, Consumer<String> warnings, DirectoryLock lock) {
    this.directory = directory;
    this.minFreeBytes = minFreeBytes;
    this.warnings = warnings;
    this.lock = lock;
    Database opened = openDatabase();
    this.entries = new AppliedEntries(opened);
    this.database = opened;
  }

  /**
   * Opens the copy in a directory, or makes an empty one there. The store of a single machine there
   * is a copy from which a cluster can be founded; it has applied nothing.
   *
   * @param directory made, for its owner alone, if it does not exist
   * @param minFreeBytes with less than that free, the store of the leader says so; 0 for no bound
   * @param warnings told, in a sentence, which torn data was dropped
   * @throws StoreException when someone else holds the directory, it cannot be used, or its content
   *     is damaged
   */
  public static Replica open(Path directory, long minFreeBytes, Consumer<String> warnings) {
    DirectoryLock lock = null;
    try {
      Directory.prepare(directory);
      lock = DirectoryLock.take(directory);
      Replica replica = new Replica(directory, minFreeBytes, warnings, lock);
      lock = null;
      return replica;
    } catch (IOException e) {
      throw StoreException.refused("DataPath " + directory + " cannot be used", e);
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }

  private Database openDatabase() {
    return new Opening(directory, minFreeBytes, warnings).openReplica();
  }

  /** How far it has come with the log; null when it has taken nothing from it. */
  public @Nullable Applied applied() {
    return orNull(entries.applied());
  }

  private static @Nullable Applied orNull(Applied applied) {
    return applied.equals(Applied.NOTHING) ? null : applied;
  }

  /** Whether it is a store: a cluster was founded with it, or it was one before. */
  public boolean isFounded() {
    return lend(opened -> opened.use(engine -> Identity.format(engine) != null));
  }

  /**
   * The entry that makes an empty store one that begins with this id; another one each time. To be
   * proposed in {@code term}, before any broker leads.
   */
  public byte[] founding(long term, long firstId) {
    byte[] batch =
        lend(
            opened ->
                opened.use(
                    engine -> {
                      try (Changes changes = Identity.founding(engine, firstId)) {
                        return changes.toBytes();
                      }
                    }));
    return Proposal.after(entries.applied(), term, batch).bytes();
  }

  // ---- the log --------------------------------------------------------------------------------

  /**
   * Takes an entry of the log that was proposed: one write, which survives the death of the
   * process.
   *
   * @param entry from its position to its limit; it is left as it is
   * @throws StoreException when the disk refuses: nothing was done, and the same is to be tried
   *     again before anything else
   * @throws UnappliableEntryException when this node can take neither this entry nor any after it
   */
  public Outcome apply(long term, long index, ByteBuffer entry) {
    return lend(opened -> entries.apply(term, index, entry));
  }

  /**
   * Takes an entry of the log that changes nothing here, such as those of the log's own. It is
   * noted with the next thing that is written.
   */
  public void pass(long term, long index) {
    entries.pass(term, index);
  }

  /**
   * Puts everything that was applied on the disk. Blocks for the disk.
   *
   * @return up to where in the log that is; earlier entries need not be kept for this node. Null
   *     when it has taken nothing from it
   * @throws StoreException when nothing is known about how much of it is on the disk
   */
  public @Nullable Applied sync() {
    return look(
        opened -> {
          Applied upTo = entries.note();
          opened.sync();
          return orNull(upTo);
        });
  }

  /**
   * The store of the broker that leads in this term, when all entries of earlier terms are applied.
   * Its commits are proposed, by {@link Store#shared()} or by waiting for each, and so are the ids
   * that it reserves: those calls block, and are not for the thread that applies. Until the next
   * call of this method, {@link #replaceBy} or {@link #close}; closing it leaves the replica as it
   * is.
   *
   * @throws StoreException when there is no store yet, or it cannot be read
   * @throws UnappliableEntryException when this node has stopped taking entries
   */
  public Store lead(long term, Proposals proposals) {
    return lend(
        opened -> {
          end("another broker leads with this replica");
          ProposedCommits commits = entries.lead(term, proposals, () -> form);
          RocksStore store =
              opened.use(
                  engine -> {
                    Identity identity = Identity.of(engine);
                    if (identity == null) {
                      throw new StoreException("no cluster was founded with " + directory + " yet");
                    }
                    Gone gone = new GoneWhenApplied(opened.reclaiming());
                    return new RocksStore(opened, engine, identity, commits, gone);
                  });
          led = commits;
          return store;
        });
  }

  private void end(String reason) {
    ProposedCommits before = led;
    if (before != null) {
      before.end(reason);
    }
  }

  // ---- all of it ------------------------------------------------------------------------------

  /**
   * Makes a second store, of links to the files of this one, from which another node can go on.
   * Applying waits for it: for a moment in which memtables are written.
   *
   * @param to does not exist; on the same file system. The caller removes it, soon: the files that
   *     it links stay on the disk
   * @return where in the log it is, exactly
   */
  public Applied checkpoint(Path to) {
    return lend(opened -> entries.checkpoint(to));
  }

  /**
   * Replaces the content with a checkpoint of another node. After a death of the process in the
   * middle of it, the one or the other is there. A store that a broker leads with is at its end.
   *
   * @param checkpoint left as it is, for the caller to remove; its files are linked where they are
   *     on the same file system
   * @throws StoreException when it is of another cluster, or older than the entries applied here,
   *     or the disk refuses: then the same is to be tried again
   */
  public void replaceBy(Path checkpoint) {
    exclusively(
        () -> {
          try {
            if (database != null) {
              new CheckpointCheck(checkpoint).check(database, entries.applied());
              new Installation(directory).gather(checkpoint);
              database.close(() -> {});
              database = null;
            }
            Database opened = openDatabase(); // this finishes the begun replacement
            entries = new AppliedEntries(opened);
            database = opened;
          } catch (IOException e) {
            throw new StoreException(
                "the checkpoint "
                    + checkpoint
                    + " could not be put in the place of DataPath "
                    + directory
                    + ": "
                    + e,
                e);
          }
        });
  }

  /**
   * A hash of everything that is in it now, at the place of the log that it says; to be called on
   * the thread that applies, computed on another, and closed.
   */
  public ContentDigest digest() {
    return lend(opened -> entries.digest());
  }

  /** Gives back disk space; called every second or so. */
  public void reclaim() {
    lend(
        opened -> {
          opened.reclaim();
          return true;
        });
  }

  /** Has the broker of the leader propose entries of this form from now on; the first at first. */
  public void proposeIn(int form) {
    this.form = form;
  }

  /** Has the store of the leader say from now on that it has no room with less than this free. */
  public void leaveFree(long bytes) {
    minFreeBytes = bytes;
    lend(
        opened -> {
          opened.leaveFree(bytes, warnings);
          return true;
        });
  }

  /** How many bytes can be written to its file system now. */
  public long freeBytes() {
    return lend(Database::freeBytes);
  }

  /** Says nothing of the log any more: it is a copy from which a cluster can be founded. */
  public void forget() {
    lend(
        opened -> {
          entries.forget();
          return true;
        });
  }

  /**
   * Takes a copy of the store out of its cluster: it is a single machine's from then on, and cannot
   * be let in again. On the disk when it returns.
   *
   * @throws StoreException when it is in use, or the disk refuses
   */
  public static void release(Path directory, Consumer<String> warnings) {
    try (Replica replica = open(directory, 0, warnings)) {
      replica.forget();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    exclusively(
        () -> {
          closed = true;
          if (database != null) {
            noteIfPossible();
            database.close(() -> {});
          }
          lock.close();
        });
  }

  private void noteIfPossible() {
    try {
      entries.note();
    } catch (StoreException e) {
      // Passed entries come from the log again, and are passed again.
    }
  }

  // ---- one at a time --------------------------------------------------------------------------

  private <T> T lend(Function<Database, T> use) {
    return Objects.requireNonNull(look(use));
  }

  private <T> @Nullable T look(Function<Database, ? extends @Nullable T> use) {
    life.readLock().lock();
    try {
      checkOpen();
      if (database == null) {
        throw new StoreException(
            "the checkpoint in DataPath " + directory + " could not be opened so far");
      }
      return use.apply(database);
    } finally {
      life.readLock().unlock();
    }
  }

  private void exclusively(Runnable change) {
    Database reclaiming = database;
    if (reclaiming != null) {
      reclaiming.reclaiming().stop(); // a pass may take minutes
    }
    life.writeLock().lock();
    try {
      checkOpen();
      end("the store of the leader was closed");
      change.run();
    } finally {
      if (database != null) {
        database.reclaiming().resume();
      }
      life.writeLock().unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the replica in " + directory + " is closed");
    }
  }
}
