package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.RepairReport;
import io.ppmq.store.Retained;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Makes one topic of a repaired database consistent: a keyed message has its place in a log and a
 * subscriber that waits for it, messages that expire are on the expiry list, and the counts of
 * subscribers are right.
 */
final class Recount {
  private final Engine engine;
  private final BulkLoad to;
  private final int topic;
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final SortedMap<Integer, Long> expiringTo = new TreeMap<>();
  private final boolean countsRetained;
  private final Set<Outstanding> outstanding = new HashSet<>();
  private long messages;
  private long gaps;
  private long retainedMessages;
  private long retainedBytes;

  /** A message without a producer's key that was sent and is not acknowledged. */
  private record Outstanding(int priority, long id) {}

  /** A subscriber, and the number of messages ahead of its cursors, by priority. */
  private static final class Subscriber {
    final String name;
    final Progress progress;
    final boolean progressKept;
    final SortedMap<Integer, Long> ahead = new TreeMap<>();
    final SortedMap<Integer, Long> tails = new TreeMap<>();
    long outstandingLost;

    Subscriber(String name, Progress progress, boolean progressKept) {
      this.name = name;
      this.progress = progress;
      this.progressKept = progressKept;
    }

    long nextId(int priority) {
      Progress.Cursor cursor = progress.cursors().get(priority);
      return cursor == null ? 0 : cursor.nextId();
    }

    boolean wants(int priority, long id) {
      return id >= nextId(priority)
          && progress.absences().stream().noneMatch(a -> id >= a.fromId() && id < a.toId());
    }

    Progress.@Nullable Unacknowledged outstanding(Bytes key) {
      for (Progress.Unacknowledged message : progress.outstanding()) {
        Bytes taken = message.key();
        if (taken != null && taken.equals(key)) {
          return message;
        }
      }
      return null;
    }

    boolean awaits(KeyedMessage kept) {
      Place place = kept.placeOf(name);
      Progress.Unacknowledged taken = outstanding(kept.key());
      return !place.equals(Place.NONE)
          && wants(place.priority(), place.id())
          && (taken == null || taken.version() < place.id());
    }
  }

  /**
   * A count of a topic.
   *
   * @param countsRetained whether the topic counts its retained messages
   */
  Recount(Engine engine, BulkLoad to, int topic, boolean countsRetained) {
    this.engine = engine;
    this.to = to;
    this.topic = topic;
    this.countsRetained = countsRetained;
  }

  void add(String subscriber, Progress progress, boolean progressKept) {
    subscribers.add(new Subscriber(subscriber, progress, progressKept));
    for (Progress.Unacknowledged message : progress.outstanding()) {
      if (message.key() == null) {
        outstanding.add(new Outstanding(message.priority(), message.id()));
      }
    }
  }

  /** Recounts everything; {@code dropped} are the marks of the logs as they were found. */
  RepairReport.Topic run(String name, Map<Integer, long[]> marks) throws RocksDBException {
    keyed();
    to.write();
    logs();
    delayed();
    SortedSet<Integer> marked = new TreeSet<>(marks.keySet());
    marked.addAll(expiringTo.keySet());
    for (int priority : marked) {
      long[] mark = marks.getOrDefault(priority, new long[2]);
      long expiring = Math.max(mark[1], expiringTo.getOrDefault(priority, 0L));
      to.put(engine.state(), Keys.logMark(topic, priority), Keys.u64(mark[0], expiring));
    }
    if (countsRetained) {
      Retained retained = new Retained(retainedMessages, retainedBytes);
      to.put(engine.state(), Keys.retained(topic), retained.toBytes());
    }
    List<RepairReport.Queue> queues = new ArrayList<>();
    for (Subscriber subscriber : subscribers) {
      queues.add(save(subscriber));
    }
    return new RepairReport.Topic(name, messages, gaps, queues);
  }

  // ---- keyed messages -------------------------------------------------------------------------

  private void keyed() throws RocksDBException {
    try (Scan scan = engine.scan(engine.keyed(), Keys.u32(topic))) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        byte[] key = scan.key();
        keyed(key, KeyedMessage.of(new Bytes(key, 4, key.length - 4), scan.value()));
      }
    }
  }

  private void keyed(byte[] storedKey, KeyedMessage kept) throws RocksDBException {
    Set<Place> awaited = new HashSet<>();
    boolean needed = subscribers.isEmpty();
    for (Subscriber subscriber : subscribers) {
      needed |= subscriber.outstanding(kept.key()) != null;
      if (subscriber.awaits(kept)) {
        awaited.add(kept.placeOf(subscriber.name));
      }
    }
    if (!needed && awaited.isEmpty()) {
      to.delete(engine.keyed(), storedKey);
      return;
    }
    messages++;
    retained(kept.key().length() + kept.payload().length());
    if (kept.expiresAtMillis() != Entry.NEVER) {
      to.put(engine.expiry(), Keys.expiryOfKeyed(kept.expiresAtMillis(), topic, kept.key()));
    }
    for (Place place : awaited) {
      byte[] entry = Keys.entry(topic, place.priority(), place.id());
      if (engine.valueBytes(engine.log(), entry) == 0) {
        Entry made = Entry.place(place.id(), 0, kept.publishedAtMillis(), kept.key());
        to.put(engine.log(), entry, made.toBytes());
      }
    }
  }

  private @Nullable KeyedMessage find(Bytes key) throws RocksDBException {
    byte[] stored = engine.find(engine.keyed(), Keys.keyed(topic, key));
    return stored == null ? null : KeyedMessage.of(key, stored);
  }

  // ---- delayed messages -----------------------------------------------------------------------

  private void delayed() throws RocksDBException {
    long count = 0;
    long bytes = 0;
    byte[] first = null;
    try (Scan scan = engine.scan(engine.delayed(), Keys.delayed(topic))) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        byte[] key = scan.key();
        first = first == null ? key : first;
        count++;
        bytes += Keys.delayed(key, scan.value()).payload().length();
      }
    }
    messages += count;
    if (first != null) {
      byte[] state =
          DelayedList.state(count, bytes, Keys.delayedMillis(first), Keys.delayedId(first));
      to.put(engine.state(), Keys.delays(topic), state);
    }
  }

  // ---- logs -----------------------------------------------------------------------------------

  private void logs() throws RocksDBException {
    int priority = -1;
    long end = 0;
    try (Scan scan = engine.scan(engine.log(), Keys.log(topic))) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        Entry entry = Entry.of(scan.value());
        int of = Keys.entryPriority(scan.key());
        if (of != priority) {
          priority = of;
          end = Math.max(entry.firstOrdinal(), firstCursorOrdinal(priority));
        }
        gaps += Math.max(0, entry.firstOrdinal() - end);
        end = Math.max(end, entry.firstOrdinal() + entry.count());
        count(priority, entry, end);
      }
    }
  }

  private long firstCursorOrdinal(int priority) {
    return subscribers.stream()
        .filter(subscriber -> subscriber.progressKept)
        .mapToLong(
            subscriber -> {
              Progress.Cursor cursor = subscriber.progress.cursors().get(priority);
              return cursor == null ? 0 : cursor.ordinal();
            })
        .min()
        .orElse(0);
  }

  private void count(int priority, Entry entry, long end) throws RocksDBException {
    messages += entry.isPlace() ? 0 : entry.count();
    if (countsRetained && !entry.isPlace()) {
      countRetained(priority, entry);
    }
    KeyedMessage kept = entry.isPlace() ? find(entry.key()) : null;
    for (Subscriber subscriber : subscribers) {
      long ahead = 0;
      if (!entry.isPlace()) {
        ahead = ahead(subscriber, priority, entry);
      } else if (kept != null
          && kept.placeOf(subscriber.name).equals(new Place(priority, entry.firstId()))
          && subscriber.awaits(kept)) {
        ahead = 1;
      }
      subscriber.ahead.merge(priority, ahead, Long::sum);
      subscriber.tails.merge(priority, end, Math::max);
    }
    if (entry.expiresAtMillis() != Entry.NEVER) {
      long id = entry.firstId();
      long at = entry.expiresAtMillis();
      to.put(engine.expiry(), Keys.expiryOfEntry(at, topic, priority, id));
      expiringTo.merge(priority, id + 1, Math::max);
    }
  }

  private void countRetained(int priority, Entry entry) {
    for (Entry.Messages each = entry.messages(); each.next(); ) {
      long id = each.id();
      if (outstanding.contains(new Outstanding(priority, id))
          || subscribers.stream().anyMatch(subscriber -> subscriber.wants(priority, id))) {
        retained(each.payload().length());
      }
    }
  }

  private void retained(long bytes) {
    retainedMessages++;
    retainedBytes += bytes;
  }

  private static long ahead(Subscriber subscriber, int priority, Entry entry) {
    if (entry.lastId() < subscriber.nextId(priority)) {
      return 0;
    }
    if (entry.firstId() >= subscriber.nextId(priority)
        && subscriber.progress.absences().isEmpty()) {
      return entry.count();
    }
    long ahead = 0;
    for (Entry.Messages each = entry.messages(); each.next(); ) {
      ahead += subscriber.wants(priority, each.id()) ? 1 : 0;
    }
    return ahead;
  }

  // ---- progress -------------------------------------------------------------------------------

  private RepairReport.Queue save(Subscriber subscriber) throws RocksDBException {
    SortedMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    SortedSet<Integer> priorities = new TreeSet<>(subscriber.progress.cursors().keySet());
    priorities.addAll(subscriber.ahead.keySet());
    long waiting = 0;
    for (int priority : priorities) {
      long ahead = subscriber.ahead.getOrDefault(priority, 0L);
      cursors.put(priority, cursor(subscriber, priority, ahead));
      waiting += ahead;
    }
    List<Progress.Unacknowledged> stored = new ArrayList<>();
    for (Progress.Unacknowledged message : subscriber.progress.outstanding()) {
      if (isStored(message)) {
        stored.add(message);
      } else {
        subscriber.outstandingLost++;
      }
    }
    Progress counted = new Progress(cursors, subscriber.progress.absences(), stored);
    to.put(engine.state(), Keys.progress(topic, subscriber.name), counted.toBytes());
    return new RepairReport.Queue(
        subscriber.name,
        waiting + stored.size(),
        subscriber.outstandingLost,
        subscriber.progressKept);
  }

  private Progress.Cursor cursor(Subscriber subscriber, int priority, long ahead) {
    Progress.Cursor before = subscriber.progress.cursors().get(priority);
    long tail = subscriber.tails.getOrDefault(priority, 0L);
    for (Subscriber each : subscribers) {
      Progress.Cursor other = each.progress.cursors().get(priority);
      tail = Math.max(tail, other == null ? 0 : other.tail());
    }
    return before == null
        ? new Progress.Cursor(0, 0, 0, tail - ahead, tail)
        : new Progress.Cursor(
            before.nextId(),
            before.entryId(),
            before.ordinal(),
            tail - before.ordinal() - ahead,
            tail);
  }

  private boolean isStored(Progress.Unacknowledged message) throws RocksDBException {
    if (message.key() != null) {
      return find(message.key()) != null;
    }
    byte[] stored =
        engine.find(engine.log(), Keys.entry(topic, message.priority(), message.entryId()));
    if (stored == null) {
      return false;
    }
    Entry entry = Entry.of(stored);
    if (entry.isPlace()) {
      return false;
    }
    for (Entry.Messages each = entry.messages(); each.next(); ) {
      if (each.id() == message.id()) {
        return true;
      }
    }
    return false;
  }
}
