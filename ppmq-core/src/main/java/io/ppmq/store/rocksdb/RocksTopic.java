package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Progress;
import io.ppmq.store.Retained;
import io.ppmq.store.TopicStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * One topic's part of a {@link RocksStore}. From the first write on it has a number, with which its
 * keys begin; so a topic that is only read leaves no trace.
 *
 * <p>Keyed messages that the commit being collected writes are remembered until it has taken
 * effect, so that {@link #find} sees them.
 */
final class RocksTopic implements TopicStore {
  /** The number of a topic to which nothing was ever written. */
  static final int NONE = 0;

  private final RocksStore store;
  private final String name;
  private final TreeMap<Integer, RocksLog> logs = new TreeMap<>();
  private final UncommittedKeyed uncommitted = new UncommittedKeyed();
  private boolean forgotKeyed;
  private final RocksDelayed delayed = new RocksDelayed(this);
  private int number;

  RocksTopic(RocksStore store, String name, int number) {
    this.store = store;
    this.name = name;
    this.number = number;
  }

  /** Reads the notes of the topic's logs. */
  void load(Engine engine) throws RocksDBException {
    try (Scan scan = engine.scan(engine.state(), Keys.logMarks(number))) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        log(Keys.logMarkPriority(scan.key())).mark(scan.value());
      }
    }
  }

  @Override
  public SortedSet<Integer> priorities() {
    SortedSet<Integer> priorities = new TreeSet<>();
    return store.use(
        engine -> {
          int priority = 0;
          Integer found = firstLog(engine, priority);
          while (found != null) {
            if (found == priority || log(found).holdsAny(engine)) {
              priorities.add(found);
              priority = found + 1;
            } else {
              priority = found;
            }
            found = firstLog(engine, priority);
          }
          return priorities;
        });
  }

  @Override
  public void append(int priority, Entry entry) {
    store.change(
        this, (engine, changes) -> log(priority).append(engine, changes, entry, numbered(engine)));
  }

  @Override
  public List<Entry> read(int priority, long from, int entriesMax, long bytesMax) {
    return store.use(
        engine -> {
          List<Entry> entries = log(priority).read(engine, from, entriesMax, bytesMax);
          readAhead(engine, entries);
          return entries;
        });
  }

  /** A reader of places looks for their messages next. */
  private void readAhead(Engine engine, List<Entry> entries) throws RocksDBException {
    List<Bytes> keys = new ArrayList<>();
    List<byte[]> storedKeys = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.isPlace() && !isAtHand(entry.key())) {
        keys.add(entry.key());
        storedKeys.add(Keys.keyed(number, entry.key()));
      }
    }
    if (keys.size() < 2) {
      return;
    }
    List<byte @Nullable []> found = engine.findAhead(engine.keyed(), storedKeys);
    for (int i = 0; i < found.size(); i++) {
      byte[] stored = found.get(i);
      if (stored != null) {
        store.recent().put(number, KeyedMessage.of(keys.get(i).copy(), stored));
      }
    }
  }

  private boolean isAtHand(Bytes key) {
    return forgotKeyed
        || uncommitted.find(key) != null
        || uncommitted.isForgotten(key)
        || store.recent().find(number, key) != null;
  }

  @Override
  public @Nullable Entry around(int priority, long from, long id) {
    return store.look(engine -> log(priority).around(engine, from, id));
  }

  @Override
  public void replace(int priority, Entry before, @Nullable Entry after) {
    store.change(this, (engine, changes) -> log(priority).replace(engine, changes, before, after));
  }

  @Override
  public @Nullable Entry last(int priority) {
    return store.look(engine -> log(priority).last(engine));
  }

  @Override
  public void remove(int priority, long id, long expiresAtMillis) {
    store.change(
        this, (engine, changes) -> log(priority).remove(engine, changes, id, expiresAtMillis));
  }

  @Override
  public void drop(int priority, long from, long to) {
    store.change(this, (engine, changes) -> log(priority).drop(engine, changes, from, to));
  }

  @Override
  public @Nullable KeyedMessage find(Bytes key) {
    KeyedMessage pending = uncommitted.find(key);
    if (pending != null || forgotKeyed || uncommitted.isForgotten(key)) {
      return pending;
    }
    KeyedMessage recent = store.recent().find(number, key);
    return recent != null ? recent : read(key);
  }

  private @Nullable KeyedMessage read(Bytes key) {
    KeyedMessage found =
        store.look(
            engine -> {
              byte[] stored = engine.find(engine.keyed(), Keys.keyed(number, key));
              return stored == null ? null : KeyedMessage.of(key.copy(), stored);
            });
    if (found != null) {
      store.recent().put(number, found);
    }
    return found;
  }

  @Override
  public void keep(@Nullable KeyedMessage before, KeyedMessage message) {
    store.change(
        this,
        (engine, changes) -> {
          byte[] key = Keys.keyed(numbered(engine), message.key());
          changes.put(engine.keyed(), key, message.toBytes());
          if (before != null) {
            unlist(engine, changes, before);
            store.gone().removedKeyed(before);
          }
          list(engine, changes, message);
          uncommitted.keep(message);
        });
  }

  @Override
  public void forget(KeyedMessage message) {
    store.change(
        this,
        (engine, changes) -> {
          changes.delete(engine.keyed(), Keys.keyed(number, message.key()));
          unlist(engine, changes, message);
          uncommitted.forget(message.key());
          store.gone().removedKeyed(message);
        });
  }

  @Override
  public List<KeyedMessage> keyed(@Nullable Bytes after, int max) {
    if (!store.showsUncommitted() || (!forgotKeyed && uncommitted.isEmpty())) {
      return keyedInEngine(after, max);
    }
    return uncommitted.over(
        (from, more) -> forgotKeyed ? List.of() : keyedInEngine(from, more), after, max);
  }

  private List<KeyedMessage> keyedInEngine(@Nullable Bytes after, int max) {
    return store.use(
        engine -> {
          List<KeyedMessage> messages = new ArrayList<>();
          long bytes = 0;
          byte[] from = Keys.keyed(number, after == null ? Bytes.EMPTY : after);
          try (Scan scan = engine.scan(engine.keyed(), from, Keys.after(Keys.log(number)))) {
            for (boolean found = scan.first(); found; found = scan.next()) {
              Bytes key = Keys.keyedKey(scan.key());
              if (messages.size() == max || bytes >= KEYED_BYTES) {
                break;
              }
              if (after == null || !key.equals(after)) {
                KeyedMessage message = KeyedMessage.of(key, scan.value());
                messages.add(message);
                bytes += message.payload().length();
              }
            }
          }
          return messages;
        });
  }

  @Override
  public @Nullable Retained retained() {
    return store.look(
        engine -> {
          byte[] stored = engine.find(engine.state(), Keys.retained(number));
          return stored == null ? null : Retained.of(stored);
        });
  }

  @Override
  public void saveRetained(@Nullable Retained retained) {
    store.change(
        this,
        (engine, changes) -> {
          if (retained != null) {
            changes.put(engine.state(), Keys.retained(numbered(engine)), retained.toBytes());
          } else if (number != NONE) {
            changes.delete(engine.state(), Keys.retained(number));
          }
        });
  }

  @Override
  public long diskBytes(int priority, long from) {
    byte[] end = Keys.after(Keys.log(number, priority));
    return store.use(
        engine -> engine.bytesWithMemtables(engine.log(), Keys.entry(number, priority, from), end));
  }

  @Override
  public long keyedDiskBytes() {
    byte[] from = Keys.keyed(number);
    return store.use(engine -> engine.bytesWithMemtables(engine.keyed(), from, Keys.after(from)));
  }

  @Override
  public boolean holdsKeyed() {
    if (uncommitted.keepsAny() || forgotKeyed) {
      return uncommitted.keepsAny();
    }
    return store.use(
        engine -> {
          try (Scan scan = engine.scan(engine.keyed(), Keys.keyed(number))) {
            return scan.first();
          }
        });
  }

  /** Its items on the expiry list stay there and are found to be gone when their time comes. */
  @Override
  public void forgetKeyed() {
    if (number == NONE) {
      return;
    }
    store.change(
        this,
        (engine, changes) -> {
          byte[] from = Keys.keyed(number);
          byte[] to = Keys.after(from);
          store.gone().removedKeyed(engine.bytes(engine.keyed(), from, to));
          changes.deleteRange(engine.keyed(), from, to);
          uncommitted.clear();
          forgotKeyed = true;
        });
  }

  @Override
  public RocksDelayed delayed() {
    return delayed;
  }

  @Override
  public Map<String, Progress> progress() {
    return store.use(
        engine -> {
          Map<String, Progress> progress = new HashMap<>();
          try (Scan scan = engine.scan(engine.state(), Keys.progress(number))) {
            for (boolean found = scan.first(); found; found = scan.next()) {
              progress.put(Keys.progressSubscriber(scan.key()), Progress.of(scan.value()));
            }
          }
          return progress;
        });
  }

  @Override
  public void save(String subscriber, Progress progress) {
    store.change(
        this,
        (engine, changes) ->
            changes.put(
                engine.state(), Keys.progress(numbered(engine), subscriber), progress.toBytes()));
  }

  @Override
  public void forget(String subscriber) {
    store.change(
        this,
        (engine, changes) -> changes.delete(engine.state(), Keys.progress(number, subscriber)));
  }

  String name() {
    return name;
  }

  int number() {
    return number;
  }

  RocksStore store() {
    return store;
  }

  /** To be called when a commit that changed this topic has taken effect. */
  void committed() {
    if (forgotKeyed) {
      store.recent().removeAll(number);
      forgotKeyed = false;
    }
    uncommitted.committedTo(store.recent(), number);
    uncommitted.clear();
    logs.values().forEach(RocksLog::committed);
    delayed.committed();
  }

  /** Frees the changes of a commit that will not be made. */
  void close() {
    uncommitted.close();
  }

  private RocksLog log(int priority) {
    return logs.computeIfAbsent(priority, p -> new RocksLog(this, p));
  }

  /** The topic's number; if it has none yet, it gets one with this commit. */
  int numbered(Engine engine) throws RocksDBException {
    if (number == NONE) {
      number = store.number(this, engine);
    }
    return number;
  }

  /** The highest priority, not above {@code priority}, whose log still has a key. */
  private @Nullable Integer firstLog(Engine engine, int priority) throws RocksDBException {
    RocksLog log = logs.get(priority);
    byte[] from = Keys.entry(number, priority, log == null ? 0 : log.droppedTo());
    try (Scan scan = engine.scan(engine.log(), from, Keys.after(Keys.log(number)))) {
      return scan.first() ? Integer.valueOf(Keys.entryPriority(scan.key())) : null;
    }
  }

  private void list(Engine engine, Changes changes, KeyedMessage message) throws RocksDBException {
    long at = message.expiresAtMillis();
    if (at != Entry.NEVER) {
      store.expiry().add(engine, changes, Keys.expiryOfKeyed(at, number, message.key()));
    }
  }

  private void unlist(Engine engine, Changes changes, KeyedMessage message)
      throws RocksDBException {
    long at = message.expiresAtMillis();
    if (at != Entry.NEVER) {
      store.expiry().remove(engine, changes, Keys.expiryOfKeyed(at, number, message.key()));
    }
  }
}
