package io.ppmq.store.rocksdb;

import io.ppmq.store.Expiring;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Stores everything in one RocksDB in one directory. {@link Keys} describes its content.
 *
 * <p>Changes are collected in one write batch. A commit makes the {@link Database} write the batch
 * to the write-ahead log and to memory; a sync puts the log on the disk. A failed commit is retried
 * with the same batch. The store of a broker that leads a cluster proposes its batches instead;
 * that is the work of its {@link Commits}.
 */
public final class RocksStore implements Store {
  /** The changes of the commit that is being collected. */
  interface Change {
    void on(Engine engine, Changes changes) throws RocksDBException;
  }

  private final Database database;
  private final Commits commits;
  private final Gone gone;
  private final ExpiryList expiry;
  private final Map<String, RocksTopic> topics = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();
  private final RecentKeyed recent = new RecentKeyed();
  private final Identity identity;
  private final SortedSet<String> marks;
  private final Changes changes = new Changes();
  private final boolean showsUncommitted;
  private final Set<DelayedList> delaysChanged = new LinkedHashSet<>();

  /** The topics that the commit being collected changes, mostly one of up to thousands. */
  private Set<RocksTopic> topicsChanged = new LinkedHashSet<>();

  /** The content of {@code database}, read through {@code engine}. */
  RocksStore(Database database, Engine engine, Identity identity, Commits commits, Gone gone)
      throws RocksDBException {
    this.database = database;
    this.identity = identity;
    this.commits = commits;
    this.showsUncommitted = commits.shared(this) != null;
    this.gone = gone;
    this.expiry = new ExpiryList(gone);
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
    loadDelays(engine);
  }

  private void loadDelays(Engine engine) throws RocksDBException {
    try (Scan scan = engine.scan(engine.state(), Keys.delays())) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        String name = names.get(Keys.stateTopic(scan.key()));
        RocksTopic topic = name == null ? null : topics.get(name);
        if (topic == null) {
          throw new StoreException(
              "DataPath " + database.directory() + " holds delays of an unknown topic");
        }
        topic.delayed().load(engine, scan.value());
      }
    }
  }

  /**
   * Opens the store in a directory, or makes one there.
   *
   * @param directory made, for its owner alone, if it does not exist
   * @param firstIdIfNew the first id of a store that is made
   * @param warnings called with a sentence about dropped torn data
   * @throws StoreException when another process holds the directory, it cannot be used, or its
   *     content is damaged; nothing in it was changed
   */
  public static RocksStore open(Path directory, long firstIdIfNew, Consumer<String> warnings) {
    return open(directory, firstIdIfNew, 0, warnings);
  }

  /**
   * Opens the store in a directory, or makes one there, on a file system of which a part must stay
   * free.
   *
   * @param directory made, for its owner alone, if it does not exist
   * @param firstIdIfNew the first id of a store that is made
   * @param minFreeBytes with less free space {@link #shortage} reports it; 0 for no such bound
   * @param warnings called with a sentence about dropped torn data, and if the file system is
   *     smaller than the part that must stay free
   * @throws StoreException when another process holds the directory, it cannot be used, or its
   *     content is damaged; nothing in it was changed
   */
  public static RocksStore open(
      Path directory, long firstIdIfNew, long minFreeBytes, Consumer<String> warnings) {
    return new Opening(directory, minFreeBytes, warnings).open(firstIdIfNew);
  }

  /**
   * Sets the number of bytes of the file system that are left to others, as in {@link #open}. Any
   * thread.
   *
   * @throws StoreException when RocksDB refuses; nothing was changed
   */
  public void leaveFree(long minFreeBytes, Consumer<String> warnings) {
    database.leaveFree(minFreeBytes, warnings);
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
    commits.reserveIds(upTo);
    identity.reserved(upTo);
  }

  @Override
  public String nonce() {
    return identity.nonce();
  }

  @Override
  public SortedSet<String> topics() {
    return use(engine -> new TreeSet<>(names.values()));
  }

  @Override
  public SortedSet<String> marks() {
    return use(engine -> new TreeSet<>(marks));
  }

  @Override
  public void mark(String word) {
    change((engine, collected) -> collected.put(engine.state(), Keys.mark(word), new byte[0]));
    marks.add(word);
  }

  @Override
  public void unmark(String word) {
    change((engine, collected) -> collected.delete(engine.state(), Keys.mark(word)));
    marks.remove(word);
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return database.shortage(bytes);
  }

  @Override
  public long minFreeBytes() {
    return database.space().minBytes();
  }

  @Override
  public @Nullable String loss() {
    return database.loss();
  }

  @Override
  public @Nullable String damage() {
    return database.damage();
  }

  @Override
  public boolean isDirty() {
    return use(engine -> !changes.isEmpty());
  }

  @Override
  public void commit() {
    if (!isDirty()) {
      return;
    }
    commits.commit(this);
  }

  @Override
  public @Nullable SharedCommits shared() {
    return commits.shared(this);
  }

  /** Whether all reads show everything written, committed or not. */
  boolean showsUncommitted() {
    return showsUncommitted;
  }

  /** All changes of the commit being collected. */
  Changes collected() {
    return use(
        engine -> {
          for (DelayedList delayed : delaysChanged) {
            delayed.save(engine, changes);
          }
          delaysChanged.clear();
          return changes;
        });
  }

  /** Begins the next commit: all reads show the changes of the last one. */
  void committed() {
    gone.committed(changes.bytes());
    expiry.committed();
    topicsChanged.forEach(RocksTopic::committed);
    topicsChanged = new LinkedHashSet<>(); // clearing it would cost what the largest commit did
    changes.clear();
  }

  @Override
  public void sync() {
    database.sync();
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
                  "DataPath " + database.directory() + " holds what expires of an unknown topic");
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
      byte[] listed = Keys.expiryItem(topic.number(), item);
      change((engine, collected) -> expiry.remove(engine, collected, listed));
    }
  }

  @Override
  public void reclaim() {
    database.reclaim();
  }

  @Override
  public long copyTo(Path to) {
    return new Copy(database.directory(), to, database::isClosed).make(database);
  }

  @Override
  public long diskBytes() {
    database.checkOpen();
    return Directory.bytes(database.directory(), "");
  }

  @Override
  public long diskCapacityBytes() {
    return database.space().capacityBytes();
  }

  @Override
  public void close() {
    commits.close(
        () -> {
          changes.close();
          topics.values().forEach(RocksTopic::close);
        });
  }

  <T> T use(Database.Use<T> use) {
    return commits.use(use);
  }

  <T> @Nullable T look(Database.Look<T> look) {
    return commits.look(look);
  }

  /** Writes a change of a topic, which is told when the commit has taken effect. */
  void change(RocksTopic topic, Change change) {
    topicsChanged.add(topic);
    change(change);
  }

  /** Writes into the commit that is being collected. */
  void change(Change change) {
    use(
        engine -> {
          change.on(engine, changes);
          return true;
        });
  }

  /** Gives a number to a topic that is written to for the first time. */
  int number(RocksTopic topic, Engine engine) throws RocksDBException {
    int number = names.size() + 1;
    changes.put(engine.state(), Keys.topic(topic.name()), Keys.u32(number));
    names.put(number, topic.name());
    return number;
  }

  /** Adds the counts of these delayed messages to the commit being collected. */
  void delaysChanged(DelayedList delayed) {
    delaysChanged.add(delayed);
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

  Gone gone() {
    return gone;
  }
}
