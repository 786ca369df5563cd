package io.ppmq.store.rocksdb;

import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Keeps everything in one RocksDB in one directory. {@link Keys} draws what lies there.
 *
 * <p>Changes are collected in one write batch. A commit writes it, to the write-ahead log and to
 * memory; a sync puts the log on the disk. What the disk has no room for is not even tried, once
 * the {@link Reserve} is given up. A write that fails leaves RocksDB refusing all further ones; so
 * the next try opens the database anew, when the disk takes writes again, and writes the same batch
 * once more. Until then it can be read.
 *
 * <p>Every call borrows the {@link Engine} under a shared lock, and only closing and opening it
 * take the lock for themselves. So no native object is ever touched after it was freed: a call on a
 * closed store is an {@link IllegalStateException}.
 */
public final class RocksStore implements Store {
  /** A batch that grew larger is freed after its commit, not kept for the next. */
  private static final long BATCH_BYTES_KEPT = 1 << 20;

  /** What is done with the engine. */
  interface Use<T> {
    T on(Engine engine) throws RocksDBException;
  }

  /** What is looked for in the engine. */
  interface Look<T> {
    @Nullable T on(Engine engine) throws RocksDBException;
  }

  /** What is written in the commit that is being collected. */
  interface Change {
    void on(Engine engine, WriteBatch batch) throws RocksDBException;
  }

  private final Path directory;
  private final DirectoryLock lock;
  private final SyncedMark syncedMark;
  private final ReadWriteLock access = new ReentrantReadWriteLock();
  private final FreeSpace space;
  private final Reserve reserve;
  private final Reclaim reclaim;
  private final ExpiryList expiry;
  private final Map<String, RocksTopic> topics = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();
  private final RecentKeyed recent = new RecentKeyed();
  private final Identity identity;
  private final SortedSet<String> marks;
  private @Nullable Engine engine;
  private WriteBatch batch = new WriteBatch();
  private volatile boolean broken;
  private volatile long committedSequence;
  private volatile boolean syncFailed;
  private volatile boolean closed;

  RocksStore(
      Path directory,
      DirectoryLock lock,
      SyncedMark syncedMark,
      FreeSpace space,
      Reserve reserve,
      Engine engine,
      Identity identity)
      throws RocksDBException {
    this.directory = directory;
    this.lock = lock;
    this.syncedMark = syncedMark;
    this.space = space;
    this.reserve = reserve;
    this.engine = engine;
    this.identity = identity;
    this.committedSequence = engine.db().getLatestSequenceNumber();
    this.reclaim = new Reclaim(directory, space);
    this.expiry = new ExpiryList(reclaim);
    this.marks = Identity.marks(engine);
    expiry.load(engine);
    Identity.topics(engine)
        .forEach(
            (name, number) -> {
              topics.put(name, new RocksTopic(this, name, number));
              names.put(number, name);
            });
    for (RocksTopic topic : topics.values()) {
      topic.load(engine);
    }
  }

  /**
   * Opens the store in a directory, or makes one there.
   *
   * @param directory made, for its owner alone, if it does not exist
   * @param firstIdIfNew the first id of a store that is made
   * @param warnings told, in a sentence, what was dropped because it was torn
   * @throws StoreException when someone else holds the directory, it cannot be used, or what it
   *     holds is damaged; nothing in it was changed then
   */
  public static RocksStore open(Path directory, long firstIdIfNew, Consumer<String> warnings) {
    return open(directory, firstIdIfNew, 0, warnings);
  }

  /**
   * Opens the store in a directory, or makes one there, on a file system of which some is to be
   * left to others.
   *
   * @param directory made, for its owner alone, if it does not exist
   * @param firstIdIfNew the first id of a store that is made
   * @param minFreeBytes with less than that free, {@link #shortage} says so; 0 for no such bound
   * @param warnings told, in a sentence, what was dropped because it was torn, and that the file
   *     system is smaller than what is to be left of it
   * @throws StoreException when someone else holds the directory, it cannot be used, or what it
   *     holds is damaged; nothing in it was changed then
   */
  public static RocksStore open(
      Path directory, long firstIdIfNew, long minFreeBytes, Consumer<String> warnings) {
    return new Opening(directory, firstIdIfNew, minFreeBytes, warnings).open();
  }

  /**
   * Leaves so much of the file system to others from now on, as {@link #open} says. Any thread.
   *
   * @throws StoreException when RocksDB refuses; nothing was changed
   */
  public synchronized void leaveFree(long minFreeBytes, Consumer<String> warnings) {
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

  @Override
  public TopicStore topic(String name) {
    return use(
        engine -> topics.computeIfAbsent(name, n -> new RocksTopic(this, n, RocksTopic.NONE)));
  }

  @Override
  public long firstFreeId() {
    return identity.firstFreeId();
  }

  @Override
  public void reserveIds(long upTo) {
    if (upTo <= identity.firstFreeId()) {
      return;
    }
    try (WriteBatch ids = new WriteBatch()) {
      use(
          engine -> {
            identity.reserve(engine, ids, upTo);
            return true;
          });
      long sequence = write(ids, true);
      identity.reserved(upTo);
      synced(sequence);
    }
  }

  @Override
  public String nonce() {
    return identity.nonce();
  }

  @Override
  public SortedSet<String> topics() {
    checkOpen();
    return new TreeSet<>(names.values());
  }

  @Override
  public SortedSet<String> marks() {
    checkOpen();
    return new TreeSet<>(marks);
  }

  @Override
  public void mark(String word) {
    change((engine, changes) -> changes.put(engine.state(), Keys.mark(word), new byte[0]));
    marks.add(word);
  }

  @Override
  public void unmark(String word) {
    change((engine, changes) -> changes.delete(engine.state(), Keys.mark(word)));
    marks.remove(word);
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return space.shortage(bytes);
  }

  @Override
  public boolean isDirty() {
    return use(engine -> batch.count() > 0);
  }

  @Override
  public void commit() {
    if (!isDirty()) {
      return;
    }
    committedSequence = write(batch, false);
    use(
        engine -> {
          committed();
          return true;
        });
  }

  private void committed() {
    long bytes = batch.getDataSize();
    reclaim.committed(bytes);
    expiry.committed();
    topics.values().forEach(RocksTopic::committed);
    if (bytes > BATCH_BYTES_KEPT) {
      batch.close();
      batch = new WriteBatch();
    } else {
      batch.clear();
    }
  }

  @Override
  public void sync() {
    if (broken) {
      mend();
    }
    long sequence =
        use(
            engine -> {
              long upTo = engine.db().getLatestSequenceNumber();
              if (upTo > syncedMark.sequence() || syncFailed) {
                sync(engine);
              }
              return upTo;
            });
    synced(sequence);
  }

  @Override
  public List<Expiring> expiring(long nowMillis, int max) {
    return use(
        engine -> {
          List<Expiring> expiring = new ArrayList<>();
          for (byte[] item : expiry.due(engine, nowMillis, max)) {
            String topic = names.get(Keys.expiryTopic(item));
            if (topic == null) {
              throw new StoreException(
                  "DataPath " + directory + " holds what expires of an unknown topic");
            }
            expiring.add(Keys.expiring(item, topic));
          }
          return expiring;
        });
  }

  @Override
  public long nextExpiryMillis() {
    return expiry.next();
  }

  @Override
  public void dismiss(Expiring item) {
    RocksTopic topic = topics.get(item.topic());
    if (topic != null) {
      change((engine, changes) -> expiry.remove(engine, changes, topic.expiryItem(item)));
    }
  }

  @Override
  public void reclaim() {
    reserve.restore();
    use(
        engine -> {
          // A table that could not be written stays unwritten until the database is opened anew.
          if (engine.db().getLongProperty("rocksdb.background-errors") > 0) {
            broken = true; // and never false: the writer may have found it broken meanwhile
          }
          if (!broken) {
            try {
              reclaim.run(engine);
            } catch (RocksDBException e) {
              broken = true;
              throw e;
            }
          }
          return true;
        });
  }

  @Override
  public long copyTo(Path to) {
    return new Copy(directory, to, () -> closed).make(this);
  }

  @Override
  public long diskBytes() {
    checkOpen();
    return Directory.bytes(directory, "");
  }

  @Override
  public long diskCapacityBytes() {
    return space.capacityBytes();
  }

  @Override
  public void close() {
    reclaim.stop();
    access.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      batch.close();
      syncLast();
      closeEngine();
      syncedMark.close();
      lock.close();
    } catch (IOException e) {
      throw new StoreException("DataPath " + directory + " could not be closed: " + e, e);
    } finally {
      access.writeLock().unlock();
    }
  }

  /** What a clean stop leaves is on the disk, unless the disk refuses: then it stays committed. */
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
      throw Engine.refused(directory, e);
    } finally {
      access.readLock().unlock();
    }
  }

  /** Writes into the commit that is being collected. */
  void change(Change change) {
    use(
        engine -> {
          change.on(engine, batch);
          return true;
        });
  }

  /** Gives a topic that is written to for the first time its number. */
  int number(RocksTopic topic, WriteBatch batch) throws RocksDBException {
    int number = names.size() + 1;
    batch.put(Keys.topic(topic.name()), Keys.u32(number));
    names.put(number, topic.name());
    return number;
  }

  /** The topics that were ever written to. */
  Set<String> topicNames() {
    return Set.copyOf(names.values());
  }

  RecentKeyed recent() {
    return recent;
  }

  ExpiryList expiry() {
    return expiry;
  }

  Reclaim reclaiming() {
    return reclaim;
  }

  private void checkOpen() {
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

  private void closeEngine() {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  /** Writes a batch, if need be to a database opened anew; says up to where that comes. */
  private long write(WriteBatch changes, boolean sync) {
    long bytes = changes.getDataSize();
    if (!space.hasRoom(bytes) && !(reserve.release() && space.hasRoom(bytes))) {
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

  /**
   * Opens the database anew, if the disk takes writes. What it refuses is found out before, as far
   * as that can be, since the old one can still be read; and if it refuses in the middle of it, the
   * new one is opened for reading alone. The writer and the syncer both come here.
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

  /**
   * Syncs the log. After a sync that failed the kernel may have forgotten what it could not write
   * and would call the next one a success; so then everything is written again, as tables.
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

  private void synced(long sequence) {
    try {
      syncedMark.synced(sequence);
    } catch (IOException e) {
      throw new StoreException("DataPath " + directory + " refused the file ppmq.synced: " + e, e);
    }
  }
}
