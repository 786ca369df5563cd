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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
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

  /**
   * What was sent comes first, then what was only chosen; the latter in one order with what was
   * never chosen.
   */
  private static final Comparator<Outstanding> WAITING_ORDER =
      Comparator.comparing((Outstanding message) -> message.attempts == 0)
          .thenComparingLong(message -> message.id);

  private final String subscriber;
  private final TopicSettings settings;
  private final TopicStore store;
  private final BrokerKey plainKeys;
  private final BrokerKey keysBesideProducers;
  private final SortedMap<Integer, LogReader> readers = new TreeMap<>();
  private final List<Progress.Absence> absences = new ArrayList<>();
  private final Map<Bytes, Outstanding> outstanding = new HashMap<>();
  private final SortedMap<Integer, TreeSet<Outstanding>> waiting = new TreeMap<>();
  private final List<Outstanding> batch = new ArrayList<>();
  private List<Outstanding> dropped = new ArrayList<>();
  private int waitingCount;
  private int inFlight;
  private boolean pushed;
  private boolean redeliverWhenPushed;
  private boolean changed;
  private boolean touched;
  private boolean moved;
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
    moved = true;
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
    private final List<Outstanding> gone = new ArrayList<>();
    private long payloadBytes;
    private int looks;
    private boolean full;

    Choice(BatchLimits limits, long nowMillis) {
      this.limits = limits;
      this.nowMillis = nowMillis;
    }

    void fill() {
      fillByPriority();
      // Only now, so that their places further on were still known as theirs.
      gone.forEach(SubscriberQueue.this::end);
      dropped.addAll(gone);
    }

    private void fillByPriority() {
      for (int priority = 0; priority < settings.priorities() && !full; priority++) {
        takeWaiting(priority);
        if (!full) {
          takeNew(priority, Long.MAX_VALUE);
        }
      }
    }

    private void takeWaiting(int priority) {
      TreeSet<Outstanding> again = waiting.get(priority);
      if (again == null) {
        return;
      }
      for (Outstanding message : List.copyOf(again)) {
        if (message.attempts == 0) {
          takeNew(priority, message.id);
        }
        if (full) {
          return;
        }
        boolean kept = message.keyed ? takeAgainKeyed(message) : takeAgain(message);
        if (!kept || message.isOut()) {
          takeBack(message);
        }
        if (!kept) {
          gone.add(message);
        }
      }
    }

    /** Takes a message that waits to be sent again, if there is room; false when it is gone. */
    private boolean takeAgain(Outstanding message) {
      if (!finder.find(message.priority, message.entryId, message.id)) {
        return false;
      }
      if (isExpired(finder.entry().expiresAtMillis(), nowMillis)) {
        expired++;
        return false;
      }
      if (hasRoom(finder.payload())) {
        int attempt = message.attempts + 1;
        take(
            message,
            delivery(message.key, finder.payload(), finder.expires(), message.priority, attempt));
      }
      return true;
    }

    /** Likewise for a keyed message: its newest version is what is sent. */
    private boolean takeAgainKeyed(Outstanding message) {
      KeyedMessage kept = store.find(message.key);
      if (kept == null) {
        return false;
      }
      if (isExpired(kept.expiresAtMillis(), nowMillis)) {
        expired++;
        return false;
      }
      if (hasRoom(kept.payload())) {
        take(message, kept);
      }
      return true;
    }

    /** Takes what was never chosen, as long as its ids are below {@code end}. */
    private void takeNew(int priority, long end) {
      while (!full) {
        LogReader reader = front(priority);
        if (reader == null || reader.id() >= end) {
          return;
        }
        if (++looks > LOOKS_MAX) {
          full = true;
          return;
        }
        Progress.Absence absence = absenceAt(reader.id());
        if (absence != null) {
          reader.jump(absence.toId());
        } else if (!(reader.current().isPlace() ? takePlace(reader) : takeMessage(reader))) {
          return;
        }
      }
    }

    /**
     * Whether the key is free to be sent. If it is in this batch already, the batch ends here; if
     * another message with it waits in a lower priority, that one must come first.
     */
    private boolean isFree(@Nullable Outstanding before) {
      full |= before != null && before.isOut();
      return before == null;
    }

    /** Takes the message it stands on, or passes it; false when it must wait. */
    private boolean takeMessage(LogReader reader) {
      if (isExpired(reader.current().expiresAtMillis(), nowMillis)) {
        passExpired(reader, brokerKey(reader.id()), 0);
        return true;
      }
      Bytes key = brokerKey(reader.id());
      if (!isFree(outstanding.get(key))) {
        return false;
      }
      if (hasRoom(reader.payload())) {
        int priority = reader.log().priority();
        Outstanding message =
            new Outstanding(priority, reader.id(), reader.current().firstId(), key, false);
        outstanding.put(key, message);
        take(message, delivery(key, reader.payload(), reader.expires(), priority, 1));
        reader.pass();
      }
      return true;
    }

    /** Likewise for the place of a keyed message. */
    private boolean takePlace(LogReader reader) {
      Place place = new Place(reader.log().priority(), reader.id());
      KeyedMessage kept = store.find(reader.current().key());
      Outstanding before = kept == null ? null : outstanding.get(kept.key());
      if (kept == null
          || !kept.placeOf(subscriber).equals(place)
          || (before != null && before.keyed && before.version >= place.id())) {
        reader.passSkipped();
        return true;
      }
      if (isExpired(kept.expiresAtMillis(), nowMillis)) {
        if (before != null && before.keyed && !before.isOut()) {
          end(before);
        }
        passExpired(reader, kept.key(), kept.version());
        return true;
      }
      boolean olderWaits = before != null && before.keyed && !before.isOut();
      if (!olderWaits && !isFree(before)) {
        return false;
      }
      if (hasRoom(kept.payload())) {
        Outstanding message =
            new Outstanding(place.priority(), place.id(), place.id(), kept.key().copy(), true);
        if (before != null) {
          end(before);
        }
        outstanding.put(message.key, message);
        take(message, kept);
        reader.pass();
      }
      return true;
    }

    private boolean hasRoom(Bytes payload) {
      boolean room =
          deliveries.isEmpty()
              || (deliveries.size() < limits.messagesMax()
                  && payloadBytes + payload.length() <= limits.payloadBytesMax());
      full |= !room;
      return room;
    }

    private void passExpired(LogReader reader, Bytes key, long version) {
      int priority = reader.log().priority();
      Outstanding message =
          new Outstanding(priority, reader.id(), reader.current().firstId(), key, version > 0);
      message.version = version;
      dropped.add(message);
      expired++;
      changed = true;
      reader.pass();
    }

    private void take(Outstanding message, KeyedMessage kept) {
      message.chosenVersion = kept.version();
      take(message, delivery(kept, attempt(message, kept.version())));
    }

    private void take(Outstanding message, Delivery delivery) {
      message.state = Outstanding.State.CHOSEN;
      message.acknowledgedEarly = false;
      batch.add(message);
      payloadBytes += delivery.payload().length();
      deliveries.add(delivery);
    }
  }

  /** What was found expired since this was last asked, and is not in the queue any more. */
  List<Outstanding> takeDropped() {
    List<Outstanding> taken = dropped;
    if (!taken.isEmpty()) {
      dropped = new ArrayList<>();
    }
    return taken;
  }

  private Delivery delivery(KeyedMessage kept, int attempt) {
    return delivery(kept.key(), kept.payload(), kept.expires(), kept.priority(), attempt);
  }

  private Delivery delivery(
      Bytes key, Bytes payload, @Nullable Instant expires, int priority, int attempt) {
    return new Delivery(key, payload, expires, settings.nearestPriority(priority), attempt);
  }

  private boolean isExpired(long expiresAtMillis, long nowMillis) {
    return settings.expire() && expiresAtMillis <= nowMillis;
  }

  /** Which delivery of this version it is, or would be, when it is pushed now. */
  private static int attempt(Outstanding message, long version) {
    return !message.keyed || message.version == version ? message.attempts + 1 : 1;
  }

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

  /**
   * The batch was pushed whole: what of it is not acknowledged yet is sent.
   *
   * @return what was acknowledged while it was being pushed, and ends now
   */
  List<Outstanding> pushed() {
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch) {
      if (message.state == Outstanding.State.CHOSEN) {
        sent(message);
        if (message.acknowledgedEarly) {
          done.add(message);
        }
      }
    }
    done.forEach(this::end);
    acknowledged += done.size();
    pushed = true;
    touched = true;
    if (redeliverWhenPushed) {
      redeliver();
    }
    return done;
  }

  private void sent(Outstanding message) {
    if (message.keyed && message.version != message.chosenVersion) {
      KeyedMessage kept = store.find(message.key);
      if (kept != null
          && kept.version() == message.chosenVersion
          && awaits(kept.placeOf(subscriber), message)) {
        skipLater(kept.placeOf(subscriber));
      }
      message.version = message.chosenVersion;
      message.attempts = 0;
    }
    message.state = Outstanding.State.SENT;
    message.attempts++;
    delivered++;
    redelivered += message.attempts > 1 ? 1 : 0;
  }

  /**
   * The batch was not pushed whole: nothing of it counts as sent, and it waits as before.
   *
   * @return what was acknowledged meanwhile, must therefore have been sent before, and ends now
   */
  List<Outstanding> failed() {
    redeliverWhenPushed = false;
    List<Outstanding> chosen = new ArrayList<>(batch);
    putBackAll(Outstanding.State.CHOSEN);
    readers.values().forEach(LogReader::release);
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : chosen) {
      if (outstanding.get(message.key) == message
          && message.acknowledgedEarly
          && acknowledge(message.key) != null) {
        done.add(message);
      }
    }
    return done;
  }

  /**
   * Everything sent and not acknowledged waits to be sent again; what is being pushed, as soon as
   * it is sent, since whoever asks may not be the one who reads it.
   */
  void redeliver() {
    redeliverWhenPushed = inFlight > 0 && !pushed;
    putBackAll(Outstanding.State.SENT);
  }

  /** Whether the batch that is out was pushed whole. */
  boolean isPushed() {
    return inFlight > 0 && pushed;
  }

  /**
   * Ends the message that is out, or waits to be sent again, under this key. What has a producer's
   * key ends only if it was sent, since an older message may have had that key: while it is being
   * pushed, the end of the push decides.
   *
   * @return the message that ended; null when none did
   */
  @Nullable Outstanding acknowledge(Bytes key) {
    Outstanding message = outstanding.get(key);
    if (message == null) {
      return null;
    }
    if (message.keyed
        && message.state == Outstanding.State.CHOSEN
        && message.version != message.chosenVersion) {
      message.acknowledgedEarly = true;
      return null;
    }
    if (message.keyed && !message.isOut() && message.version == 0) {
      return null;
    }
    acknowledged++;
    if (message.state == Outstanding.State.CHOSEN) {
      delivered++; // the acknowledgement overtook the note that it was pushed
      redelivered += message.attempts > 0 ? 1 : 0;
    }
    if (message.keyed && !message.isOut() && holdsNewer(message)) {
      takeBack(message);
      message.version = 0;
      message.attempts = 0;
      putBack(message);
      changed = true;
      return null;
    }
    end(message);
    return message;
  }

  /** Whether a message that waits to be sent again stands where a newer version of it waits. */
  private boolean holdsNewer(Outstanding message) {
    KeyedMessage kept = store.find(message.key);
    return kept != null
        && kept.version() > message.version
        && message.place().equals(kept.placeOf(subscriber));
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
        .computeIfAbsent(
            settings.nearestPriority(message.priority), p -> new TreeSet<>(WAITING_ORDER))
        .add(message);
    waitingCount++;
  }

  private void takeBack(Outstanding message) {
    TreeSet<Outstanding> again = waiting.get(settings.nearestPriority(message.priority));
    if (again != null && again.remove(message)) {
      waitingCount--;
    }
  }

  /** What has a producer's key, was chosen and put back, and was never sent. */
  List<Outstanding> neverSent() {
    List<Outstanding> messages = new ArrayList<>();
    for (Outstanding message : outstanding.values()) {
      if (message.keyed && !message.isOut() && message.version == 0) {
        messages.add(message);
      }
    }
    return messages;
  }

  /** Ends a message: it is neither out nor does it wait to be sent again any more. */
  void end(Outstanding message) {
    outstanding.remove(message.key);
    changed = true;
    if (message.isOut()) {
      inFlight--;
      message.state = Outstanding.State.WAITING;
    } else {
      takeBack(message);
    }
  }

  // ---- keyed messages -------------------------------------------------------------------------

  /** Whether a message at this place is still to be chosen for this subscriber. */
  boolean awaits(Place place) {
    LogReader reader = readers.get(place.priority());
    return !place.equals(Place.NONE)
        && reader != null
        && place.id() >= reader.nextId()
        && absenceAt(place.id()) == null;
  }

  private boolean awaits(Place place, @Nullable Outstanding taken) {
    return awaits(place) && (taken == null || taken.version < place.id());
  }

  /** Whether this version of a keyed message, or an older one, is not done with here. */
  boolean needs(KeyedMessage kept) {
    return keyed(kept.key()) != null || awaits(kept.placeOf(subscriber));
  }

  /** Whether this version of a keyed message was never sent here, but waits at its place. */
  boolean holds(KeyedMessage kept) {
    Place place = kept.placeOf(subscriber);
    Outstanding message = keyed(kept.key());
    return awaits(place, message)
        || (message != null
            && !message.isOut()
            && message.version < kept.version()
            && message.place().equals(place));
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
    boolean beingSent =
        message != null && message.isOut() && message.outVersion() == before.version();
    boolean held = !beingSent && holds(before);
    if (held && newPriority >= settings.nearestPriority(place.priority())) {
      return place;
    }
    changed = true;
    if (awaits(place, message)) {
      skipLater(place);
    } else if (held && message != null) {
      end(message);
    }
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
    if (reader != null && entry.lastId() >= reader.nextId() && absenceAt(entry.firstId()) == null) {
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
    if (message != null && (!message.isOut() || message.outVersion() == kept.version())) {
      end(message);
      expired++;
    }
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether progress must be saved with the next commit. */
  boolean isChanged() {
    return changed;
  }

  /**
   * Something is taken out of a log: a cursor that has moved must be saved with it, or it would
   * look for that thing after a crash.
   */
  void saveCursors() {
    changed |= moved;
  }

  /** Whether progress is worth saving with some commit: so that attempts are counted right. */
  boolean isTouched() {
    return touched;
  }

  /** Everything about this queue that must survive, for saving. */
  Progress takeProgress() {
    changed = false;
    touched = false;
    moved = false;
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
      // With nothing ahead, what the cursor has not passed yet is not for this subscriber.
      long from = reader.backlog() > 0 ? reader.neededFrom() : reader.log().lastId() + 1;
      for (Progress.Absence absence : absences) {
        needed.add(new IdRanges.Range(from, absence.fromId()));
        from = Math.max(from, absence.toId());
      }
      needed.add(new IdRanges.Range(from, Long.MAX_VALUE));
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

  /** How many places hold the newer version of a message that waits or is sent ahead of them. */
  private long replacedPlaces() {
    long replaced = 0;
    for (Outstanding message : outstanding.values()) {
      KeyedMessage kept = message.keyed ? store.find(message.key) : null;
      if (kept != null && sendsNewest(message, kept) && awaits(kept.placeOf(subscriber), message)) {
        replaced++;
      }
    }
    return replaced;
  }

  /** Whether it is, or will be, the newest version that is sent in this message's turn. */
  private static boolean sendsNewest(Outstanding message, KeyedMessage kept) {
    return !message.isOut() || message.outVersion() == kept.version();
  }

  int inFlight() {
    return inFlight;
  }

  QueueStats stats() {
    long waits = backlog() - replacedPlaces();
    return new QueueStats(
        subscriber,
        isAttached(),
        waits,
        inFlight,
        waits == 0 ? 0 : oldestMillis(),
        delivered,
        acknowledged,
        redelivered,
        expired);
  }

  private long oldestMillis() {
    long oldest = Long.MAX_VALUE;
    for (TreeSet<Outstanding> again : waiting.values()) {
      for (Outstanding message : again) {
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
    Peek peek = new Peek(max, nowMillis);
    for (Outstanding message : batch) {
      if (outstanding.get(message.key) == message && message.isOut()) {
        peek.see(message);
      }
    }
    SortedMap<Integer, LogReader> before = new TreeMap<>(readers);
    try {
      readers.replaceAll((p, reader) -> new LogReader(store, reader.log(), reader.cursor()));
      for (int priority = 0; priority < settings.priorities(); priority++) {
        for (Outstanding message : waiting.getOrDefault(priority, new TreeSet<>(WAITING_ORDER))) {
          if (message.attempts == 0) {
            peek.seeNew(priority, message.id);
          }
          peek.see(message);
        }
        peek.seeNew(priority, Long.MAX_VALUE);
      }
    } finally {
      readers.putAll(before);
    }
    return peek.seen;
  }

  /** One look along the queue. */
  private final class Peek {
    final List<PeekedMessage> seen = new ArrayList<>();
    private final int max;
    private final long nowMillis;
    private final EntryFinder finder = new EntryFinder(store);
    private final Set<Bytes> newestSeen = new HashSet<>();
    private long payloadBytes;

    Peek(int max, long nowMillis) {
      this.max = max;
      this.nowMillis = nowMillis;
    }

    void see(Outstanding message) {
      if (message.keyed) {
        KeyedMessage kept = store.find(message.key);
        if (kept != null && !(sendsNewest(message, kept) && !newestSeen.add(kept.key()))) {
          add(message, kept.expiresAtMillis(), kept.publishedAtMillis(), newest(message, kept));
        }
      } else if (finder.find(message.priority, message.entryId, message.id)) {
        Entry entry = finder.entry();
        Delivery delivery =
            delivery(
                message.key,
                finder.payload(),
                finder.expires(),
                message.priority,
                attemptSeen(message, 0));
        add(message, entry.expiresAtMillis(), entry.publishedAtMillis(), delivery);
      }
    }

    private Delivery newest(Outstanding message, KeyedMessage kept) {
      long version = message.isOut() ? message.outVersion() : kept.version();
      return delivery(kept, attemptSeen(message, version));
    }

    private int attemptSeen(Outstanding message, long version) {
      return message.state == Outstanding.State.SENT ? message.attempts : attempt(message, version);
    }

    private void add(
        Outstanding message, long expiresAtMillis, long publishedAtMillis, Delivery delivery) {
      if (message.isOut()) {
        add(PeekedMessage.State.IN_FLIGHT, publishedAtMillis, delivery);
      } else if (!isExpired(expiresAtMillis, nowMillis)) {
        boolean sent = message.attempts > 0;
        PeekedMessage.State state =
            sent ? PeekedMessage.State.REDELIVER : PeekedMessage.State.QUEUED;
        add(state, publishedAtMillis, delivery);
      }
    }

    private boolean hasRoom() {
      return seen.size() < max && payloadBytes < PEEK_BYTES_MAX;
    }

    private void add(PeekedMessage.State state, long publishedAtMillis, Delivery delivery) {
      if (hasRoom()) {
        payloadBytes += delivery.payload().length();
        seen.add(new PeekedMessage(state, publishedAtMillis, delivery));
      }
    }

    void seeNew(int priority, long end) {
      for (int looks = 0; hasRoom() && looks < LOOKS_MAX; looks++) {
        LogReader reader = front(priority);
        if (reader == null || reader.id() >= end) {
          return;
        }
        Progress.Absence absence = absenceAt(reader.id());
        if (absence != null) {
          reader.jump(absence.toId());
        } else {
          seeNew(reader);
          reader.pass();
        }
      }
    }

    private void seeNew(LogReader reader) {
      Entry entry = reader.current();
      int priority = reader.log().priority();
      if (entry.isPlace()) {
        KeyedMessage kept = store.find(entry.key());
        Place place = new Place(priority, reader.id());
        if (kept != null
            && kept.placeOf(subscriber).equals(place)
            && awaits(place, keyed(kept.key()))
            && !isExpired(kept.expiresAtMillis(), nowMillis)
            && newestSeen.add(kept.key())) {
          add(PeekedMessage.State.QUEUED, kept.publishedAtMillis(), delivery(kept, 1));
        }
      } else if (!isExpired(entry.expiresAtMillis(), nowMillis)) {
        Bytes key = brokerKey(reader.id());
        Delivery delivery = delivery(key, reader.payload(), reader.expires(), priority, 1);
        add(PeekedMessage.State.QUEUED, entry.publishedAtMillis(), delivery);
      }
    }
  }
}
