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
 * store at one position of the log delays applying meanwhile, and {@link #replaceBy} and {@link
 * #close} wait for all calls under way.
 */
public final class Replica implements AutoCloseable {
  /** A file beside the copy of a node, which a backup does not have. */
  public static final String NODE_FILE = "ppmq.node";

  /** The outcome of an entry. */
  public enum Outcome {
    /** It is in the store. */
    APPLIED,
    /** It is not above the last applied entry: nothing was changed. */
    KNOWN,
    /** Its broker no longer leads, or lost the entry before: every node skips it. */
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
   * @param minFreeBytes with less free space the store of the leader reports a shortage; 0 for no
   *     bound
   * @param warnings called with a sentence about dropped torn data
   * @throws StoreException when another process holds the directory, it cannot be used, or its
   *     content is damaged
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

  /** Its position in the log; null when it has taken nothing from it. */
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
   * The entry that makes a store with this first id out of an empty one; different each time. To be
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
   * Applies a proposed entry of the log: one write, which survives the death of the process.
   *
   * @param entry from its position to its limit; it is left as it is
   * @throws StoreException when the disk refuses: nothing was done, and the same call must be
   *     repeated before any other
   * @throws UnappliableEntryException when this node can apply neither this entry nor any later one
   */
  public Outcome apply(long term, long index, ByteBuffer entry) {
    return lend(opened -> entries.apply(term, index, entry));
  }

  /**
   * Takes an entry of the log that changes nothing here, such as the log's own entries. It is noted
   * with the next write.
   */
  public void pass(long term, long index) {
    entries.pass(term, index);
  }

  /**
   * Puts everything that was applied on the disk. Blocks for the disk.
   *
   * @return the position in the log; this node does not need earlier entries any more. Null when it
   *     has taken nothing from the log
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
   * Its commits are proposed, through {@link Store#shared()} or by waiting for each, and so are its
   * reservations of ids: those calls block, and must not be made on the thread that applies. Valid
   * until the next call of this method, {@link #replaceBy} or {@link #close}; closing it does not
   * change the replica.
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
   * Makes a second store of links to the files of this one, with which another node can continue.
   * It delays applying for a moment, in which memtables are written.
   *
   * @param to does not exist; on the same file system. The caller removes it soon, because the
   *     linked files stay on the disk
   * @return its exact position in the log
   */
  public Applied checkpoint(Path to) {
    return lend(opened -> entries.checkpoint(to));
  }

  /**
   * Replaces the content with a checkpoint of another node. After a death of the process in the
   * middle of it, the replica has the old or the new content. The store of a leading broker is
   * invalid afterwards.
   *
   * @param checkpoint not changed; the caller removes it. Its files are linked if they are on the
   *     same file system
   * @throws StoreException when it is of another cluster, or older than the entries applied here,
   *     or the disk refuses: then the same call must be repeated
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
   * A hash of the present content, with its position in the log; to be called on the thread that
   * applies, computed on another, and closed.
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

  /**
   * Sets the form of the entries that the broker of the leader proposes; initially the first form.
   */
  public void proposeIn(int form) {
    this.form = form;
  }

  /** Sets the free space below which the store of the leader reports a shortage. */
  public void leaveFree(long bytes) {
    minFreeBytes = bytes;
    lend(
        opened -> {
          opened.leaveFree(bytes, warnings);
          return true;
        });
  }

  /** The free space below which the store of the leader reports a shortage; 0 if it never does. */
  public long minFreeBytes() {
    return minFreeBytes;
  }

  /** The number of bytes that can be written to its file system now. */
  public long freeBytes() {
    return lend(d -> d.space().bytes());
  }

  /** Removes its position in the log: it is a copy from which a cluster can be founded. */
  public void forget() {
    lend(
        opened -> {
          entries.forget();
          return true;
        });
  }

  /**
   * Takes a copy of the store out of its cluster: it belongs to a single machine from then on, and
   * cannot join again. On the disk when it returns.
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
