package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's queue in one topic: what waits for it, what is out with it, and in which order
 * the next batch is chosen.
 *
 * <p>The messages are in the topic's logs, written once for all subscribers. The queue is a cursor
 * per log plus what lies before the cursors and is not done: the {@link Outstanding} messages, of
 * which there are at most a batch per priority, however many messages wait. A message of priority p
 * enters the outstanding ones only when none of that priority waits to be sent again, so they stay
 * that few.
 *
 * <p>Order: by priority; within one priority what waits to be sent again comes first, by id, and
 * then the log, by id. When a topic has fewer priorities than it had, the logs beyond are read
 * together with the last one, by id, as one.
 *
 * <p>At most one batch is out. Choosing, pushing and redelivering change only what is in memory;
 * acknowledging is what {@link #takeProgress()} must be saved for.
 */
final class SubscriberQueue {
  /** How many messages one choice may look at, so that passing many that are gone takes turns. */
  private static final int LOOKS_MAX = 4096;

  /** After so much payload a look takes no further message. */
  private static final long PEEK_BYTES_MAX = 4 << 20;

  private final String subscriber;
  private final TopicSettings settings;
  private final TopicStore store;
  private final BrokerKey plainKeys;
  private final BrokerKey keysBesideProducers;
  private final SortedMap<Integer, LogReader> readers = new TreeMap<>();
  private final List<Progress.Absence> absences = new ArrayList<>();
  private final Map<Bytes, Outstanding> outstanding = new HashMap<>();
  private final SortedMap<Integer, TreeMap<Long, Outstanding>> waiting = new TreeMap<>();
  private final List<Outstanding> batch = new ArrayList<>();
  private int waitingCount;
  private int inFlight;
  private boolean pushed;
  private boolean changed;
  private boolean touched;
  private long delivered;
  private long acknowledged;
  private long redelivered;
  private long expired;

  SubscriberQueue(
      String subscriber,
      TopicSettings settings,
      TopicStore store,
      BrokerKey plainKeys,
      BrokerKey keysBesideProducers) {
    this.subscriber = subscriber;
    this.settings = settings;
    this.store = store;
    this.plainKeys = plainKeys;
    this.keysBesideProducers = keysBesideProducers;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Begins as a subscriber the topic never had: with what is published from {@code nextId} on. */
  void begin(Iterable<Log> logs, long nextId) {
    for (Log log : logs) {
      readers.put(log.priority(), new LogReader(store, log, LogReader.end(log, nextId)));
    }
    changed = true;
  }

  /** Goes on from what was saved; all that was outstanding waits to be sent again. */
  void resume(Iterable<Log> logs, Progress progress) {
    absences.addAll(progress.absences());
    for (Log log : logs) {
      Progress.Cursor cursor = progress.cursors().get(log.priority());
      addReader(log, cursor == null ? LogReader.start() : cursor);
      if (!isAttached()) {
        missed(log.priority(), log.ordinal() - (cursor == null ? 0 : cursor.tail()));
      }
    }
    for (Progress.Unacknowledged saved : progress.outstanding()) {
      boolean keyed = saved.key() != null;
      Bytes key = saved.key() == null ? brokerKey(saved.id()) : saved.key();
      Outstanding message =
          new Outstanding(saved.priority(), saved.id(), saved.entryId(), key, keyed);
      message.attempts = saved.attempts();
      message.version = saved.version();
      outstanding.put(key, message);
      putBack(message);
    }
  }

  /** Gets no more of what is published: the configuration does not name it any longer. */
  void detach(long nextId) {
    if (isAttached()) {
      absences.add(new Progress.Absence(nextId, Long.MAX_VALUE));
      changed = true;
    }
  }

  /** Gets what is published from {@code nextId} on, besides what was kept for it. */
  void attach(long nextId) {
    if (!isAttached()) {
      Progress.Absence open = absences.remove(absences.size() - 1);
      absences.add(new Progress.Absence(open.fromId(), nextId));
      changed = true;
    }
  }

  /** The log was given messages while this subscriber was not the topic's. */
  void missed(int priority, long count) {
    reader(priority).skipLater(count);
  }

  void addLog(Log log) {
    addReader(log, LogReader.start());
  }

  private void addReader(Log log, Progress.Cursor cursor) {
    readers.put(log.priority(), new LogReader(store, log, cursor));
  }

  String subscriber() {
    return subscriber;
  }

  boolean isAttached() {
    return absences.isEmpty() || absences.get(absences.size() - 1).toId() != Long.MAX_VALUE;
  }

  // ---- choosing -------------------------------------------------------------------------------

  /** Whether a batch can be chosen: none is out, and something waits. */
  boolean isReady() {
    return inFlight == 0 && isAttached() && backlog() > 0;
  }

  /**
   * Chooses the next batch and counts its messages as out. Null when nothing is to be sent, or when
   * looking for it took its turn; {@link #isReady()} tells which.
   */
  @Nullable Batch choose(BatchLimits limits, long nowMillis) {
    batch.clear();
    pushed = false;
    Choice choice = new Choice(limits, nowMillis);
    try {
      choice.fill();
    } catch (StoreException e) {
      inFlight = batch.size();
      failed();
      throw e;
    }
    inFlight = batch.size();
    return batch.isEmpty() ? null : new Batch(settings.name(), subscriber, choice.deliveries);
  }

  /** One batch in the making. */
  private final class Choice {
    final List<Delivery> deliveries = new ArrayList<>();
    private final BatchLimits limits;
    private final long nowMillis;
    private final EntryFinder finder = new EntryFinder(store);
    private long payloadBytes;
    private int looks;
    private boolean full;

    Choice(BatchLimits limits, long nowMillis) {
      this.limits = limits;
      this.nowMillis = nowMillis;
    }

    void fill() {
      for (int priority = 0; priority < settings.priorities() && !full; priority++) {
        takeWaiting(priority);
        if (!full) {
          takeNew(priority);
        }
      }
    }

    private void takeWaiting(int priority) {
      TreeMap<Long, Outstanding> again = waiting.get(priority);
      if (again == null) {
        return;
      }
      for (Iterator<Outstanding> i = again.values().iterator(); i.hasNext() && !full; ) {
        Outstanding message = i.next();
        boolean gone = message.keyed ? !takeAgainKeyed(message) : !takeAgain(message);
        if (gone) {
          outstanding.remove(message.key);
        }
        if (gone || message.isOut()) {
          i.remove();
          waitingCount--;
        }
      }
    }

    /** Takes a message that waits to be sent again, if there is room; false when it is gone. */
    private boolean takeAgain(Outstanding message) {
      if (!finder.find(message.priority, message.entryId, message.id)) {
        return false;
      }
      if (isExpired(finder.entry().expiresAtMillis())) {
        expired++;
        return false;
      }
      if (hasRoom(finder.payload())) {
        int priority = settings.nearestPriority(message.priority);
        take(message, new Payload(finder.payload(), finder.expires(), priority));
      }
      return true;
    }

    /** Likewise for a keyed message: its newest version is what is sent. */
    private boolean takeAgainKeyed(Outstanding message) {
      KeyedMessage kept = store.find(message.key);
      if (kept == null) {
        return false;
      }
      if (isExpired(kept.expiresAtMillis())) {
        expired++;
        return false;
      }
      if (hasRoom(kept.payload())) {
        if (kept.version() > message.version) {
          if (awaits(kept.placeOf(subscriber), message)) {
            reader(kept.placeOf(subscriber).priority()).skipLater(1);
          }
          message.version = kept.version();
          message.attempts = 0;
        }
        take(message, payloadOf(kept));
      }
      return true;
    }

    private void takeNew(int priority) {
      while (!full) {
        LogReader reader = front(priority);
        if (reader == null) {
          return;
        }
        if (++looks > LOOKS_MAX) {
          full = true;
          return;
        }
        Progress.Absence absence = absenceAt(reader.id());
        if (absence != null) {
          reader.jump(absence.toId());
        } else if (reader.current().isPlace()) {
          takePlace(reader);
        } else {
          takeMessage(reader);
        }
      }
    }

    private void takeMessage(LogReader reader) {
      if (isExpired(reader.current().expiresAtMillis())) {
        expired++;
        reader.pass();
        return;
      }
      Bytes key = brokerKey(reader.id());
      if (outstanding.containsKey(key)) {
        full = true;
      } else if (hasRoom(reader.payload())) {
        int priority = reader.log().priority();
        Outstanding message =
            new Outstanding(priority, reader.id(), reader.current().firstId(), key, false);
        outstanding.put(key, message);
        int nearest = settings.nearestPriority(priority);
        take(message, new Payload(reader.payload(), reader.expires(), nearest));
        reader.pass();
      }
    }

    private void takePlace(LogReader reader) {
      Place place = new Place(reader.log().priority(), reader.id());
      KeyedMessage kept = store.find(reader.current().key());
      Outstanding before = kept == null ? null : outstanding.get(kept.key());
      if (kept == null
          || !kept.placeOf(subscriber).equals(place)
          || (before != null && before.version >= place.id())) {
        reader.passSkipped();
      } else if (isExpired(kept.expiresAtMillis())) {
        expired++;
        reader.pass();
      } else if (before != null && (before.isOut() || !before.keyed)) {
        full = true;
      } else if (hasRoom(kept.payload())) {
        if (before != null) {
          end(before);
        }
        Outstanding message =
            new Outstanding(place.priority(), place.id(), place.id(), kept.key().copy(), true);
        message.version = kept.version();
        outstanding.put(message.key, message);
        take(message, payloadOf(kept));
        reader.pass();
      }
    }

    private Payload payloadOf(KeyedMessage kept) {
      int priority = settings.nearestPriority(kept.priority());
      return new Payload(kept.payload(), kept.expires(), priority);
    }

    private boolean isExpired(long expiresAtMillis) {
      return settings.expire() && expiresAtMillis <= nowMillis;
    }

    private boolean hasRoom(Bytes payload) {
      boolean room =
          deliveries.isEmpty()
              || (deliveries.size() < limits.messagesMax()
                  && payloadBytes + payload.length() <= limits.payloadBytesMax());
      full |= !room;
      return room;
    }

    private void take(Outstanding message, Payload payload) {
      message.state = Outstanding.State.CHOSEN;
      batch.add(message);
      payloadBytes += payload.text.length();
      deliveries.add(
          new Delivery(
              message.key, payload.text, payload.expires, payload.priority, message.attempts + 1));
    }
  }

  private record Payload(Bytes text, @Nullable Instant expires, int priority) {}

  /** The log from which the next message of a priority that was never chosen comes. */
  private @Nullable LogReader front(int priority) {
    if (priority < settings.priorities() - 1) {
      LogReader reader = readers.get(priority);
      return reader != null && reader.find() ? reader : null;
    }
    LogReader first = null;
    for (LogReader reader : readers.tailMap(priority).values()) {
      if (reader.find() && (first == null || reader.id() < first.id())) {
        first = reader;
      }
    }
    return first;
  }

  private Progress.@Nullable Absence absenceAt(long id) {
    for (Progress.Absence absence : absences) {
      if (id >= absence.fromId() && id < absence.toId()) {
        return absence;
      }
    }
    return null;
  }

  private Bytes brokerKey(long id) {
    return (settings.dedupe() ? keysBesideProducers : plainKeys).of(id);
  }

  // ---- what becomes of a batch ----------------------------------------------------------------

  /** The batch was pushed whole: what of it is not acknowledged yet is sent. */
  void pushed() {
    for (Outstanding message : batch) {
      if (message.state == Outstanding.State.CHOSEN) {
        message.state = Outstanding.State.SENT;
        message.attempts++;
        delivered++;
        redelivered += message.attempts > 1 ? 1 : 0;
      }
    }
    pushed = true;
    touched = true;
  }

  /** The batch was not pushed whole: nothing of it counts as sent, and it waits as before. */
  void failed() {
    putBackAll(Outstanding.State.CHOSEN);
    readers.values().forEach(LogReader::release);
  }

  /** Everything sent and not acknowledged waits to be sent again. */
  void redeliver() {
    putBackAll(Outstanding.State.SENT);
  }

  /** Whether the batch that is out was pushed whole. */
  boolean isPushed() {
    return inFlight > 0 && pushed;
  }

  /**
   * Ends the message that is out, or waits to be sent again, under this key.
   *
   * @return the message; null when there is none, and nothing happened
   */
  @Nullable Outstanding acknowledge(Bytes key) {
    Outstanding message = outstanding.get(key);
    if (message != null) {
      end(message);
      acknowledged++;
    }
    return message;
  }

  private void putBackAll(Outstanding.State state) {
    for (Outstanding message : batch) {
      if (message.state == state) {
        inFlight--;
        putBack(message);
      }
    }
    if (inFlight == 0) {
      batch.clear();
    }
  }

  private void putBack(Outstanding message) {
    message.state = Outstanding.State.WAITING;
    waiting
        .computeIfAbsent(settings.nearestPriority(message.priority), p -> new TreeMap<>())
        .put(message.id, message);
    waitingCount++;
  }

  private void end(Outstanding message) {
    outstanding.remove(message.key);
    changed = true;
    if (message.isOut()) {
      inFlight--;
      message.state = Outstanding.State.WAITING;
    } else {
      TreeMap<Long, Outstanding> again = waiting.get(settings.nearestPriority(message.priority));
      if (again != null && again.remove(message.id) != null) {
        waitingCount--;
      }
    }
  }

  // ---- keyed messages -------------------------------------------------------------------------

  /** Whether a message at this place is still to be chosen for this subscriber. */
  boolean awaits(Place place) {
    LogReader reader = readers.get(place.priority());
    return reader != null && place.id() >= reader.nextId() && absenceAt(place.id()) == null;
  }

  private boolean awaits(Place place, @Nullable Outstanding taken) {
    return awaits(place) && (taken == null || taken.version < place.id());
  }

  /** Whether this version of a keyed message, or an older one, is not done with here. */
  boolean needs(KeyedMessage kept) {
    Outstanding message = keyed(kept.key());
    return message != null || awaits(kept.placeOf(subscriber), null);
  }

  private @Nullable Outstanding keyed(Bytes key) {
    Outstanding message = outstanding.get(key);
    return message != null && message.keyed ? message : null;
  }

  /**
   * Decides where a newer version of a keyed message waits for this subscriber.
   *
   * @return the place it keeps, or null when it is to be queued at the end
   */
  @Nullable Place placeFor(KeyedMessage before, int newPriority) {
    Place place = before.placeOf(subscriber);
    Outstanding message = keyed(before.key());
    if (awaits(place, message)) {
      if (newPriority >= place.priority()) {
        return place;
      }
      reader(place.priority()).skipLater(1);
      changed = true;
      return null;
    }
    boolean neverSent = message != null && !message.isOut() && message.attempts == 0;
    if (message == null || !neverSent) {
      return null;
    }
    if (newPriority >= message.priority) {
      return place;
    }
    end(message);
    return null;
  }

  /** Notes that the log was given a place that is not this subscriber's. */
  void skipLater(Place place) {
    reader(place.priority()).skipLater(1);
    changed = true;
  }

  private LogReader reader(int priority) {
    LogReader reader = readers.get(priority);
    if (reader == null) {
      throw new IllegalStateException(subscriber + " has no cursor for priority " + priority);
    }
    return reader;
  }

  // ---- expiry ---------------------------------------------------------------------------------

  /** The messages of an entry have expired and it is being removed. */
  void expire(int priority, Entry entry) {
    LogReader reader = readers.get(priority);
    if (reader != null && absenceAt(entry.firstId()) == null) {
      long first = Math.max(entry.firstOrdinal(), reader.cursor().ordinal());
      long ahead = Math.max(0, entry.firstOrdinal() + entry.count() - first);
      reader.skipLater(ahead);
      expired += ahead;
      changed |= ahead > 0;
    }
    if (reader != null) {
      reader.reread(entry);
    }
    List<Outstanding> ended = new ArrayList<>();
    for (Outstanding message : outstanding.values()) {
      if (!message.keyed && message.priority == priority && message.entryId == entry.firstId()) {
        ended.add(message);
      }
    }
    ended.forEach(this::end);
    expired += ended.size();
  }

  /** A keyed message has expired and is being forgotten. */
  void expire(KeyedMessage kept) {
    Place place = kept.placeOf(subscriber);
    Outstanding message = keyed(kept.key());
    if (awaits(place, message)) {
      skipLater(place);
      expired++;
    }
    if (message != null && message.version == kept.version()) {
      end(message);
      expired++;
    }
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether progress must be saved with the next commit. */
  boolean isChanged() {
    return changed;
  }

  /** Whether progress is worth saving with some commit: so that attempts are counted right. */
  boolean isTouched() {
    return touched;
  }

  /** Everything about this queue that must survive, for saving. */
  Progress takeProgress() {
    changed = false;
    touched = false;
    SortedMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    readers.forEach((priority, reader) -> cursors.put(priority, reader.cursor()));
    List<Progress.Unacknowledged> messages = new ArrayList<>(outstanding.size());
    for (Outstanding message : outstanding.values()) {
      messages.add(
          new Progress.Unacknowledged(
              message.priority,
              message.id,
              message.entryId,
              message.attempts,
              message.version,
              message.keyed ? message.key : null));
    }
    messages.sort(Comparator.comparingLong(Progress.Unacknowledged::id));
    dropPassedAbsences();
    return new Progress(cursors, List.copyOf(absences), messages);
  }

  private void dropPassedAbsences() {
    absences.removeIf(
        absence ->
            absence.toId() != Long.MAX_VALUE
                && readers.values().stream().allMatch(r -> r.nextId() >= absence.toId()));
  }

  /** The ids of a log that are still needed for this queue. */
  void collectNeeded(int priority, List<IdRanges.Range> needed) {
    for (Outstanding message : outstanding.values()) {
      if (!message.keyed && message.priority == priority) {
        needed.add(new IdRanges.Range(message.entryId, message.entryId + 1));
      }
    }
    LogReader reader = readers.get(priority);
    if (reader != null) {
      long to = isAttached() ? Long.MAX_VALUE : absences.get(absences.size() - 1).fromId();
      needed.add(new IdRanges.Range(reader.neededFrom(), to));
    }
  }

  // ---- looking --------------------------------------------------------------------------------

  /** How many messages wait: never sent, or to be sent again. */
  long backlog() {
    long ahead = waitingCount;
    for (LogReader reader : readers.values()) {
      ahead += reader.backlog();
    }
    return ahead;
  }

  int inFlight() {
    return inFlight;
  }

  QueueStats stats() {
    return new QueueStats(
        subscriber,
        isAttached(),
        backlog(),
        inFlight,
        oldestMillis(),
        delivered,
        acknowledged,
        redelivered,
        expired);
  }

  private long oldestMillis() {
    long oldest = Long.MAX_VALUE;
    for (TreeMap<Long, Outstanding> again : waiting.values()) {
      for (Outstanding message : again.values()) {
        oldest = Math.min(oldest, publishedMillis(message));
        break;
      }
    }
    for (LogReader reader : readers.values()) {
      if (reader.backlog() > 0) {
        long from = reader.neededFrom();
        oldest = Math.min(oldest, publishedMillis(reader.log().priority(), from, Long.MAX_VALUE));
      }
    }
    return oldest == Long.MAX_VALUE ? 0 : oldest;
  }

  private long publishedMillis(Outstanding message) {
    if (message.keyed) {
      KeyedMessage kept = store.find(message.key);
      return kept == null ? Long.MAX_VALUE : kept.publishedAtMillis();
    }
    return publishedMillis(message.priority, message.entryId, message.entryId);
  }

  private long publishedMillis(int priority, long from, long to) {
    List<Entry> first = store.read(priority, from, 1, 1);
    return first.isEmpty() || first.get(0).firstId() > to
        ? Long.MAX_VALUE
        : first.get(0).publishedAtMillis();
  }

  /**
   * The messages in the order in which they would be delivered, what is out first; at most {@code
   * max}. Changes nothing.
   */
  List<PeekedMessage> peek(int max, long nowMillis) {
    List<PeekedMessage> peeked = new ArrayList<>();
    for (Outstanding message : batch) {
      if (outstanding.get(message.key) == message && message.isOut() && hasRoom(peeked, max)) {
        peek(message, PeekedMessage.State.IN_FLIGHT, peeked);
      }
    }
    SortedMap<Integer, LogReader> before = new TreeMap<>(readers);
    try {
      readers.replaceAll((p, reader) -> new LogReader(store, reader.log(), reader.cursor()));
      for (int priority = 0; priority < settings.priorities(); priority++) {
        for (Outstanding message : waiting.getOrDefault(priority, new TreeMap<>()).values()) {
          if (hasRoom(peeked, max)) {
            peek(message, PeekedMessage.State.REDELIVER, peeked);
          }
        }
        peekNew(priority, max, nowMillis, peeked);
      }
    } finally {
      readers.putAll(before);
    }
    return peeked;
  }

  private static boolean hasRoom(List<PeekedMessage> peeked, int max) {
    return peeked.size() < max
        && peeked.stream().mapToLong(message -> message.delivery().payload().length()).sum()
            < PEEK_BYTES_MAX;
  }

  private void peek(Outstanding message, PeekedMessage.State state, List<PeekedMessage> peeked) {
    int attempt = message.attempts + (message.state == Outstanding.State.SENT ? 0 : 1);
    KeyedMessage kept = message.keyed ? store.find(message.key) : null;
    EntryFinder finder = new EntryFinder(store);
    if (kept != null) {
      peeked.add(peeked(state, kept, attempt));
    } else if (!message.keyed && finder.find(message.priority, message.entryId, message.id)) {
      int priority = settings.nearestPriority(message.priority);
      peeked.add(
          new PeekedMessage(
              state,
              finder.entry().publishedAtMillis(),
              new Delivery(message.key, finder.payload(), finder.expires(), priority, attempt)));
    }
  }

  private void peekNew(int priority, int max, long nowMillis, List<PeekedMessage> peeked) {
    for (int looks = 0; hasRoom(peeked, max) && looks < LOOKS_MAX; looks++) {
      LogReader reader = front(priority);
      if (reader == null) {
        return;
      }
      Progress.Absence absence = absenceAt(reader.id());
      Entry entry = reader.current();
      if (absence != null) {
        reader.jump(absence.toId());
        continue;
      }
      if (entry.isPlace()) {
        KeyedMessage kept = store.find(entry.key());
        Place place = new Place(reader.log().priority(), reader.id());
        if (kept != null && kept.placeOf(subscriber).equals(place)) {
          peeked.add(peeked(PeekedMessage.State.QUEUED, kept, 1));
        }
      } else if (!settings.expire() || entry.expiresAtMillis() > nowMillis) {
        Bytes key = brokerKey(reader.id());
        int nearest = settings.nearestPriority(reader.log().priority());
        peeked.add(
            new PeekedMessage(
                PeekedMessage.State.QUEUED,
                entry.publishedAtMillis(),
                new Delivery(key, reader.payload(), reader.expires(), nearest, 1)));
      }
      reader.pass();
    }
  }

  private PeekedMessage peeked(PeekedMessage.State state, KeyedMessage kept, int attempt) {
    int priority = settings.nearestPriority(kept.priority());
    return new PeekedMessage(
        state,
        kept.publishedAtMillis(),
        new Delivery(kept.key(), kept.payload(), kept.expires(), priority, attempt));
  }
}
