package io.ppmq.store.memory;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Progress;
import io.ppmq.store.Retained;
import io.ppmq.store.TopicStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One topic's part of a {@link MemoryStore}. Keyed messages and progress are kept in their stored
 * form, so that they share no memory with the caller.
 */
final class MemoryTopic implements TopicStore {
  private final MemoryStore store;
  private final String name;
  private final TreeMap<Integer, NavigableMap<Long, Entry>> logs = new TreeMap<>();
  private final Map<Bytes, byte[]> keyed = new HashMap<>();
  private final Map<String, byte[]> progress = new HashMap<>();
  private final MemoryDelayed delayed;
  private @Nullable Retained retained;
  private boolean written;

  MemoryTopic(MemoryStore store, String name) {
    this.store = store;
    this.name = name;
    this.delayed = new MemoryDelayed(store);
  }

  @Override
  public SortedSet<Integer> priorities() {
    store.checkOpen();
    SortedSet<Integer> priorities = new TreeSet<>();
    logs.forEach(
        (priority, log) -> {
          if (!log.isEmpty()) {
            priorities.add(priority);
          }
        });
    return priorities;
  }

  /** Whether anything was ever kept here. */
  boolean wasWritten() {
    return written || delayed.wasWritten();
  }

  @Override
  public void append(int priority, Entry entry) {
    store.changed();
    written = true;
    logs.computeIfAbsent(priority, p -> new TreeMap<>()).put(entry.firstId(), entry);
    store.list(entryAt(entry.expiresAtMillis(), priority, entry.firstId()));
  }

  @Override
  public List<Entry> read(int priority, long from, int entriesMax, long bytesMax) {
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : log(priority).tailMap(from, true).values()) {
      if (entries.size() == entriesMax || (bytes >= bytesMax && !entries.isEmpty())) {
        break;
      }
      entries.add(entry);
      bytes += entry.length();
    }
    return entries;
  }

  @Override
  public @Nullable Entry around(int priority, long from, long id) {
    Map.Entry<Long, Entry> found = log(priority).floorEntry(id);
    return found == null || found.getKey() < from ? null : found.getValue();
  }

  @Override
  public void replace(int priority, Entry before, @Nullable Entry after) {
    if (after == null) {
      remove(priority, before.firstId(), before.expiresAtMillis());
    } else {
      store.changed();
      log(priority).put(before.firstId(), after);
    }
  }

  @Override
  public @Nullable Entry last(int priority) {
    Map.Entry<Long, Entry> last = log(priority).lastEntry();
    return last == null ? null : last.getValue();
  }

  @Override
  public void remove(int priority, long id, long expiresAtMillis) {
    store.changed();
    log(priority).remove(id);
    store.unlist(entryAt(expiresAtMillis, priority, id));
  }

  @Override
  public void drop(int priority, long from, long to) {
    store.changed();
    if (from >= to) {
      return;
    }
    Map<Long, Entry> dropped = log(priority).subMap(from, true, to, false);
    dropped.forEach((id, entry) -> store.unlist(entryAt(entry.expiresAtMillis(), priority, id)));
    dropped.clear();
  }

  @Override
  public @Nullable KeyedMessage find(Bytes key) {
    store.checkOpen();
    byte[] stored = keyed.get(key);
    return stored == null ? null : KeyedMessage.of(key, stored);
  }

  @Override
  public void keep(@Nullable KeyedMessage before, KeyedMessage message) {
    store.changed();
    written = true;
    if (before != null) {
      store.unlist(keyedAt(before.expiresAtMillis(), before.key()));
    }
    Bytes key = message.key().copy();
    keyed.put(key, message.toBytes());
    store.list(keyedAt(message.expiresAtMillis(), key));
  }

  @Override
  public void forget(KeyedMessage message) {
    store.changed();
    keyed.remove(message.key());
    store.unlist(keyedAt(message.expiresAtMillis(), message.key()));
  }

  @Override
  public List<KeyedMessage> keyed(@Nullable Bytes after, int max) {
    store.checkOpen();
    long[] bytes = {0};
    return keyed.entrySet().stream()
        .filter(entry -> after == null || entry.getKey().compareTo(after) > 0)
        .sorted(Map.Entry.comparingByKey())
        .limit(max)
        .map(entry -> KeyedMessage.of(entry.getKey(), entry.getValue()))
        .takeWhile(
            message -> {
              boolean taken = bytes[0] < KEYED_BYTES;
              bytes[0] += message.payload().length();
              return taken;
            })
        .toList();
  }

  @Override
  public @Nullable Retained retained() {
    store.checkOpen();
    return retained;
  }

  @Override
  public void saveRetained(@Nullable Retained retained) {
    store.changed();
    this.retained = retained;
  }

  @Override
  public boolean holdsKeyed() {
    store.checkOpen();
    return !keyed.isEmpty();
  }

  @Override
  public void forgetKeyed() {
    for (Bytes key : List.copyOf(keyed.keySet())) {
      KeyedMessage kept = find(key);
      if (kept != null) {
        forget(kept);
      }
    }
  }

  @Override
  public DelayedMessages delayed() {
    return delayed;
  }

  @Override
  public Map<String, Progress> progress() {
    store.checkOpen();
    Map<String, Progress> read = new HashMap<>();
    progress.forEach((subscriber, stored) -> read.put(subscriber, Progress.of(stored)));
    return read;
  }

  @Override
  public void save(String subscriber, Progress progress) {
    store.changed();
    written = true;
    this.progress.put(subscriber, progress.toBytes());
  }

  @Override
  public void forget(String subscriber) {
    store.changed();
    progress.remove(subscriber);
  }

  private NavigableMap<Long, Entry> log(int priority) {
    store.checkOpen();
    NavigableMap<Long, Entry> log = logs.get(priority);
    return log == null ? new TreeMap<>() : log;
  }

  private Expiring entryAt(long atMillis, int priority, long id) {
    return new Expiring(name, atMillis, priority, id, null);
  }

  private Expiring keyedAt(long atMillis, Bytes key) {
    return new Expiring(name, atMillis, 0, 0, key);
  }
}
