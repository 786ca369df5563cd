package io.ppmq.store.rocksdb;

import io.ppmq.store.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The log of one priority of one topic.
 *
 * <p>Dropping from the front moves a mark, whose cost does not depend on the number of entries;
 * entries below the mark are invisible at once. Those still in memory are deleted in ranges now and
 * then, so that they are never written to a table. Those in tables are left to {@link Reclaim}:
 * tables that hold only a range of ids are moved down and deleted whole, and a deletion that
 * reaches into older tables would make RocksDB write them again.
 */
final class RocksLog {
  /**
   * Once this many bytes were added, the next drop deletes the entries that the drops before it
   * left in memory.
   */
  private static final long DELETE_EVERY_BYTES = 1 << 20;

  private static final int DELETE_EVERY_DROPS = 256;

  /** Entries added before the last this many bytes of all logs are assumed to be in a table. */
  private static final long IN_MEMORY_BYTES = 4 << 20;

  /**
   * The distance of the mark ahead of the last entry that expires, so that it is written seldom.
   */
  private static final long EXPIRING_AHEAD = 1 << 16;

  private static final long UNKNOWN = -1;

  private record Listed(long id, long atMillis) {}

  private final RocksTopic topic;
  private final int priority;
  private final List<Listed> uncommittedExpiring = new ArrayList<>();
  private final List<long[]> uncommittedDrops = new ArrayList<>();

  /** Entries that expired: they are counted as gone, so they must not be read, committed or not. */
  private final Set<Long> uncommittedRemoved = new HashSet<>();

  /** Entries that a message was deleted from, by first id. */
  private final Map<Long, Entry> uncommittedReplaced = new HashMap<>();

  /**
   * The appended entries, where the store must show them before they are committed. Empty for a
   * store of one machine, which commits before anything is read.
   */
  private final NavigableMap<Long, Entry> shownAppended = new TreeMap<>();

  private long uncommittedFrom = Long.MAX_VALUE;
  private long droppedTo;
  private long deletedTo;
  private long expiringTo;
  private long end = UNKNOWN;
  private long bytesSinceDelete;

  /**
   * Entries from the first id on are few enough to be in memory; from the second id on, half of
   * that.
   */
  private long inMemoryFrom;

  private long lastHalfFrom;
  private long lastHalfBytes;
  private int dropsSinceDelete;

  RocksLog(RocksTopic topic, int priority) {
    this.topic = topic;
    this.priority = priority;
  }

  /** Takes over the notes from when the log was last written to. */
  void mark(byte[] stored) {
    ByteBuffer marks = ByteBuffer.wrap(stored);
    droppedTo = marks.getLong();
    expiringTo = marks.getLong();
    deletedTo = droppedTo;
    if (droppedTo > 0) {
      topic.store().gone().dropped(topic.number(), priority, 0, droppedTo);
    }
  }

  long droppedTo() {
    return droppedTo;
  }

  void append(Engine engine, Changes changes, Entry entry, int topicNumber)
      throws RocksDBException {
    long id = entry.firstId();
    changes.put(engine.log(), Keys.entry(topicNumber, priority, id), entry.toBytes());
    long at = entry.expiresAtMillis();
    if (at != Entry.NEVER) {
      if (id >= expiringTo) {
        expiringTo = id + EXPIRING_AHEAD;
        putMark(engine, changes);
      }
      expiryList().add(engine, changes, Keys.expiryOfEntry(at, topicNumber, priority, id));
      uncommittedExpiring.add(new Listed(id, at));
    }
    if (topic.store().showsUncommitted()) {
      shownAppended.put(id, entry);
    }
    end = id + 1;
    uncommittedFrom = Math.min(uncommittedFrom, id);
    bytesSinceDelete += entry.length();
    noteInMemory(id, topic.store().gone().appended(entry.length()));
  }

  private void noteInMemory(long id, long appendedBytes) {
    if (appendedBytes - lastHalfBytes > IN_MEMORY_BYTES / 2) {
      inMemoryFrom = appendedBytes - lastHalfBytes > IN_MEMORY_BYTES ? id : lastHalfFrom;
      lastHalfFrom = id;
      lastHalfBytes = appendedBytes;
    }
  }

  List<Entry> read(Engine engine, long from, int entriesMax, long bytesMax)
      throws RocksDBException {
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    try (Scan scan = scan(engine, from, Long.MAX_VALUE)) {
      for (boolean found = entriesMax > 0 && scan.first(); found; found = scan.next()) {
        if (isRemoved(scan)) {
          continue;
        }
        Entry entry = current(scan);
        entries.add(entry);
        bytes += entry.length();
        if (entries.size() >= entriesMax || bytes >= bytesMax) {
          return entries;
        }
      }
    }
    for (Entry entry : shownAppended.tailMap(from).values()) {
      if (entries.size() >= entriesMax || bytes >= bytesMax) {
        break;
      }
      entries.add(entry);
      bytes += entry.length();
    }
    return entries;
  }

  private Entry current(Scan scan) {
    Entry stored = Entry.of(scan.value());
    return uncommittedReplaced.getOrDefault(stored.firstId(), stored);
  }

  @Nullable Entry around(Engine engine, long from, long id) throws RocksDBException {
    Map.Entry<Long, Entry> appended = shownAppended.floorEntry(id);
    if (appended != null && appended.getKey() >= from) {
      return appended.getValue();
    }
    try (Scan scan = scan(engine, from, id + 1)) {
      return scan.last() && !isRemoved(scan) ? current(scan) : null;
    }
  }

  void replace(Engine engine, Changes changes, Entry before, @Nullable Entry after)
      throws RocksDBException {
    long id = before.firstId();
    byte[] key = Keys.entry(topic.number(), priority, id);
    if (after == null) {
      changes.delete(engine.log(), key);
      unlist(engine, changes, before.expiresAtMillis(), id);
      uncommittedRemoved.add(id);
      shownAppended.remove(id);
      topic.store().gone().removedEntry(before.length());
    } else {
      changes.put(engine.log(), key, after.toBytes());
      uncommittedReplaced.put(id, after);
      shownAppended.replace(id, after);
      topic.store().gone().removedEntry(before.length() - after.length());
    }
  }

  /** The key is read only if it may be one of them, because that is a separate call. */
  private boolean isRemoved(Scan scan) {
    return !uncommittedRemoved.isEmpty() && uncommittedRemoved.contains(Keys.entryId(scan.key()));
  }

  @Nullable Entry last(Engine engine) throws RocksDBException {
    if (!shownAppended.isEmpty()) {
      return shownAppended.lastEntry().getValue();
    }
    try (Scan scan = scan(engine, 0, Long.MAX_VALUE)) {
      return scan.last() ? Entry.of(scan.value()) : null;
    }
  }

  boolean holdsAny(Engine engine) throws RocksDBException {
    return holdsAny(engine, 0, Long.MAX_VALUE);
  }

  void remove(Engine engine, Changes changes, long id, long expiresAtMillis)
      throws RocksDBException {
    byte[] key = Keys.entry(topic.number(), priority, id);
    // Entries that never expire by themselves are places of keyed messages, which are kept
    // elsewhere. Read before anything is changed: it may fail.
    long bytes = expiresAtMillis == Entry.NEVER ? 0 : engine.valueBytes(engine.log(), key);
    changes.delete(engine.log(), key);
    shownAppended.remove(id);
    unlist(engine, changes, expiresAtMillis, id);
    if (expiresAtMillis != Entry.NEVER) {
      uncommittedRemoved.add(id);
    }
    topic.store().gone().removedEntry(bytes);
  }

  void drop(Engine engine, Changes changes, long from, long to) throws RocksDBException {
    long first = Math.max(from, droppedTo);
    long after = Math.min(to, end(engine));
    if (first >= after) {
      return;
    }
    unlistExpiring(engine, changes, first, after);
    shownAppended.subMap(first, after).clear();
    if (isFront(engine, first)) {
      droppedTo = after;
      putMark(engine, changes);
      dropsSinceDelete++;
      deleteNowAndThen(engine, changes);
      uncommittedDrops.add(new long[] {0, after});
    } else {
      changes.deleteRange(engine.log(), entry(first), entry(after));
      uncommittedDrops.add(new long[] {first, after});
    }
  }

  /** To be called when the commit being collected has taken effect. */
  void committed() {
    uncommittedExpiring.clear();
    uncommittedRemoved.clear();
    uncommittedReplaced.clear();
    shownAppended.clear();
    uncommittedFrom = Long.MAX_VALUE;
    for (long[] drop : uncommittedDrops) {
      topic.store().gone().dropped(topic.number(), priority, drop[0], drop[1]);
    }
    uncommittedDrops.clear();
  }

  /** Whether no entry is left before {@code first}. */
  private boolean isFront(Engine engine, long first) throws RocksDBException {
    return first == droppedTo || (uncommittedFrom >= first && !holdsAny(engine, droppedTo, first));
  }

  private void deleteNowAndThen(Engine engine, Changes changes) throws RocksDBException {
    if (bytesSinceDelete >= DELETE_EVERY_BYTES || dropsSinceDelete >= DELETE_EVERY_DROPS) {
      long from = Math.max(deletedTo, inMemoryFrom);
      if (from < droppedTo) {
        changes.deleteRange(engine.log(), entry(from), entry(droppedTo));
      }
      deletedTo = droppedTo;
      bytesSinceDelete = 0;
      dropsSinceDelete = 0;
    }
  }

  private void unlistExpiring(Engine engine, Changes changes, long from, long to)
      throws RocksDBException {
    if (from >= expiringTo) {
      return;
    }
    for (Listed listed : uncommittedExpiring) {
      if (listed.id >= from && listed.id < to) {
        unlist(engine, changes, listed.atMillis, listed.id);
      }
    }
    try (Scan scan = scan(engine, from, Math.min(to, expiringTo))) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        Entry entry = Entry.of(scan.value());
        unlist(engine, changes, entry.expiresAtMillis(), entry.firstId());
      }
    }
  }

  private void unlist(Engine engine, Changes changes, long atMillis, long id)
      throws RocksDBException {
    if (atMillis != Entry.NEVER) {
      byte[] item = Keys.expiryOfEntry(atMillis, topic.number(), priority, id);
      expiryList().remove(engine, changes, item);
    }
  }

  private boolean holdsAny(Engine engine, long from, long to) throws RocksDBException {
    try (Scan scan = scan(engine, from, to)) {
      return scan.first();
    }
  }

  /** The first id after the last entry that the log ever held, as far as it is known. */
  private long end(Engine engine) throws RocksDBException {
    if (end == UNKNOWN) {
      try (Scan scan = scan(engine, 0, Long.MAX_VALUE)) {
        end = scan.last() ? Keys.entryId(scan.key()) + 1 : droppedTo;
      }
    }
    return end;
  }

  private Scan scan(Engine engine, long from, long to) {
    return engine.scan(engine.log(), entry(Math.max(from, droppedTo)), entry(to));
  }

  private byte[] entry(long id) {
    return Keys.entry(topic.number(), priority, id);
  }

  private void putMark(Engine engine, Changes changes) throws RocksDBException {
    byte[] key = Keys.logMark(topic.number(), priority);
    changes.put(engine.state(), key, Keys.u64(droppedTo, expiringTo));
  }

  private ExpiryList expiryList() {
    return topic.store().expiry();
  }
}
