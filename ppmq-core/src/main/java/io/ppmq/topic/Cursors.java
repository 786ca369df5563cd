package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a subscriber stands in a topic: a {@link LogReader} for each log, and its {@link Absences},
 * which are not for it. What lies ahead of the cursors was never chosen.
 *
 * <p>When a topic has fewer priorities than it had, the logs beyond are read together with the last
 * one, by id, as one.
 */
final class Cursors {
  private final String subscriber;
  private final TopicContents topic;
  private final SortedMap<Integer, LogReader> readers = new TreeMap<>();
  private final Absences absences = new Absences();
  private final PassedPlaces passed = new PassedPlaces();
  private boolean changed;
  private boolean moved;

  Cursors(String subscriber, TopicContents topic) {
    this.subscriber = subscriber;
    this.topic = topic;
  }

  /** The same cursors again, to go ahead and leave these where they are. */
  Cursors copy() {
    Cursors copy = new Cursors(subscriber, topic);
    readers.values().forEach(reader -> copy.add(reader.log(), reader.cursor()));
    copy.absences.resume(absences.saved());
    copy.passed.addFree(passed.all());
    return copy;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Begins with what is published from {@code nextId} on. */
  void begin(Iterable<Log> logs, long nextId) {
    for (Log log : logs) {
      add(log, LogReader.end(log, nextId));
    }
    changed = true;
  }

  /** Goes on from what was saved. */
  void resume(Iterable<Log> logs, Progress progress) {
    absences.resume(progress.absences());
    for (Log log : logs) {
      Progress.Cursor cursor = progress.cursors().get(log.priority());
      add(log, cursor == null ? LogReader.start() : cursor);
      if (!isAttached()) {
        missed(log.priority(), log.ordinal() - (cursor == null ? 0 : cursor.tail()));
      }
    }
  }

  /**
   * Knows again that the place of a newer version was passed when an older one was out: it lies
   * ahead of no cursor, and nothing that waits stands for it.
   */
  void resumePassed(KeyedMessage kept, Progress.Unacknowledged older) {
    Place place = placeOf(kept);
    if (kept.version() > older.version()
        && !place.equals(Place.NONE)
        && !place.equals(new Place(older.priority(), older.id()))
        && absences.at(place.id()) == null
        && !awaits(place)) {
      passed.addFree(List.of(new PassedPlaces.Passed(place, kept.key().copy())));
    }
  }

  void addLog(Log log) {
    add(log, LogReader.start());
  }

  private void add(Log log, Progress.Cursor cursor) {
    readers.put(log.priority(), new LogReader(topic.store(), log, cursor));
  }

  /** What is published from {@code nextId} on is not for this subscriber. */
  void detach(long nextId) {
    changed |= absences.begin(nextId);
  }

  /** What is published from {@code nextId} on is for this subscriber. */
  void attach(long nextId) {
    changed |= absences.end(nextId);
  }

  Absences absences() {
    return absences;
  }

  boolean isAttached() {
    return !absences.isOpen();
  }

  /** The log was given messages while this subscriber was not the topic's. */
  void missed(int priority, long count) {
    reader(priority).skipLater(count);
  }

  /** Goes on from {@code nextId} in every log: nothing lies ahead any more. */
  void skipTo(long nextId) {
    readers.replaceAll(
        (priority, reader) ->
            new LogReader(topic.store(), reader.log(), LogReader.end(reader.log(), nextId)));
    passed.clear();
    changed = true;
  }

  // ---- going ahead ----------------------------------------------------------------------------

  /** The log from which the next message of a priority that was never chosen may be taken. */
  @Nullable LogReader front(int priority) {
    if (priority < topic.settings().priorities() - 1) {
      LogReader reader = readers.get(priority);
      return reader != null && isOn(reader) ? reader : null;
    }
    LogReader first = null;
    for (LogReader reader : readers.tailMap(priority).values()) {
      if (isOn(reader) && (first == null || reader.id() < first.id())) {
        first = reader;
      }
    }
    return first;
  }

  /** The places that were passed and still lie ahead. */
  PassedPlaces passed() {
    return passed;
  }

  /** The first place of a priority that was passed, is free and comes before {@code end}. */
  PassedPlaces.@Nullable Passed firstPassed(int priority, long end) {
    if (!passed.isAnyFree()) {
      return null;
    }
    boolean last = priority == topic.settings().priorities() - 1;
    PassedPlaces.Passed first = passed.firstFree(priority, last ? Integer.MAX_VALUE : priority + 1);
    return first != null && first.place().id() < end ? first : null;
  }

  /** Passes the place of a key that is out: it still lies ahead. */
  void passOver(LogReader reader, Bytes key) {
    passed.add(reader.place(), key);
    reader.pass();
  }

  /** Passes a place that it stands on or that was passed before: nothing is there any more. */
  void pass(Place place) {
    if (!passed.remove(place)) {
      reader(place.priority()).pass();
    }
  }

  /** Likewise, where it was already counted as not for this subscriber. */
  void passSkipped(Place place) {
    if (!passed.remove(place)) {
      reader(place.priority()).passSkipped();
    }
  }

  /** The log from which the next message of a priority comes, whether it is committed or not. */
  @Nullable LogReader frontOfAll(int priority) {
    boolean last = priority >= topic.settings().priorities() - 1;
    LogReader first = null;
    for (LogReader reader :
        (last ? readers.tailMap(priority) : readers.subMap(priority, priority + 1)).values()) {
      if (reader.find() && (first == null || reader.id() < first.id())) {
        first = reader;
      }
    }
    return first;
  }

  /**
   * The log that all of the next messages come from, up to a batch; null when there is none, or
   * when that cannot be said without looking at them.
   */
  @Nullable LogReader onlyFront() {
    for (LogReader reader : readers.values()) {
      int priority = reader.log().priority();
      if (reader.nextId() <= reader.log().lastId()) {
        boolean alone =
            priority < topic.settings().priorities() - 1 || priority == readers.lastKey();
        return alone && absences.isEmpty() ? reader : null;
      }
    }
    return null;
  }

  /** How many messages were ever given to the logs before this one. */
  long givenBefore(LogReader reader) {
    long given = 0;
    for (LogReader before : readers.headMap(reader.log().priority()).values()) {
      given += before.log().ordinal();
    }
    return given;
  }

  /** Whether this is the cursor of its log, and not one that was. */
  boolean has(LogReader reader) {
    return readers.get(reader.log().priority()) == reader;
  }

  /** Goes on from where a copy of the cursor of a log has come. */
  void goOn(LogReader further) {
    readers.put(further.log().priority(), further);
    moved = true;
  }

  private boolean isOn(LogReader reader) {
    return reader.find() && !topic.barrier().holds(reader.id());
  }

  /** Goes on after the absence that the message it stands on lies in; false when in none. */
  boolean passAbsence(LogReader reader) {
    Progress.Absence absence = absences.at(reader.id());
    if (absence != null) {
      reader.jump(absence.toId());
    }
    return absence != null;
  }

  /**
   * What is still counted as ahead and was not found is not counted any more: the disk lost it, or
   * it would be looked for without end.
   */
  void forgetLost() {
    for (LogReader reader : readers.values()) {
      if (!reader.find() && reader.backlog() > 0) {
        reader.skipLater(reader.backlog());
        changed = true;
      }
    }
  }

  /** Has the places at hand that come next, and what is kept under their keys. */
  void readPlacesAhead() {
    readers.values().forEach(LogReader::readPlacesAhead);
  }

  /** Lets go of what was read ahead; the cursors stay. */
  void release() {
    readers.values().forEach(LogReader::release);
  }

  // ---- what lies ahead ------------------------------------------------------------------------

  /** Where a keyed message waits for this subscriber, or waited. */
  Place placeOf(KeyedMessage kept) {
    return kept.placeOf(subscriber);
  }

  /** Whether the newest version waits at this place, and was not sent ahead of it. */
  boolean isPlaceOf(KeyedMessage kept, Place place, @Nullable Outstanding before) {
    return place.equals(placeOf(kept))
        && (before == null || !before.keyed || before.version < place.id());
  }

  /** Whether a message at this place is still to be chosen for this subscriber. */
  boolean awaits(Place place) {
    return liesAhead(place) || passed.has(place);
  }

  private boolean liesAhead(Place place) {
    LogReader reader = readers.get(place.priority());
    return !place.equals(Place.NONE)
        && reader != null
        && place.id() >= reader.nextId()
        && absences.at(place.id()) == null;
  }

  /** Whether a message is still to be chosen there, when this version of it was taken before. */
  boolean awaits(Place place, @Nullable Outstanding taken) {
    return awaits(place) && (taken == null || taken.version < place.id());
  }

  /** Notes that what waits at this place is not this subscriber's, or not any more. */
  void skipLater(Place place) {
    if (!passed.remove(place)) {
      reader(place.priority()).skipLater(1);
    }
    changed = true;
  }

  /** The cursor of the log of a priority, which there is. */
  LogReader reader(int priority) {
    LogReader reader = readers.get(priority);
    if (reader == null) {
      throw new IllegalStateException(subscriber + " has no cursor for priority " + priority);
    }
    return reader;
  }

  /**
   * An entry is being removed from a log.
   *
   * @return how many of its messages lay ahead
   */
  long expire(int priority, Entry entry) {
    LogReader reader = readers.get(priority);
    if (reader == null) {
      return 0;
    }
    long ahead = 0;
    if (entry.lastId() >= reader.nextId() && absences.at(entry.firstId()) == null) {
      long first = Math.max(entry.firstOrdinal(), reader.cursor().ordinal());
      ahead = Math.max(0, entry.firstOrdinal() + entry.count() - first);
      reader.skipLater(ahead);
      changed |= ahead > 0;
    }
    reader.reread(entry);
    return ahead;
  }

  /** A message is being deleted from an entry of a log. */
  void delete(int priority, Entry entry, long id) {
    LogReader reader = readers.get(priority);
    if (reader != null) {
      boolean ahead = awaits(new Place(priority, id));
      reader.delete(entry, ahead);
      changed |= ahead;
    }
  }

  /** How many messages of a priority lie ahead. */
  long backlog(int priority) {
    long ahead = 0;
    for (LogReader reader : readers.tailMap(priority).values()) {
      if (topic.settings().nearestPriority(reader.log().priority()) == priority) {
        ahead += reader.backlog();
      }
    }
    for (PassedPlaces.Passed each : passed.all()) {
      ahead += topic.settings().nearestPriority(each.place().priority()) == priority ? 1 : 0;
    }
    return ahead;
  }

  /** How many messages lie ahead. */
  long backlog() {
    long ahead = passed.count();
    for (LogReader reader : readers.values()) {
      ahead += reader.backlog();
    }
    return ahead;
  }

  Collection<LogReader> readers() {
    return Collections.unmodifiableCollection(readers.values());
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** A batch is being chosen: the cursors move, which alone is not worth saving. */
  void noteMoved() {
    moved = true;
  }

  /** What was passed or skipped must be saved. */
  void noteChanged() {
    changed = true;
  }

  /** Something is taken out of a log: cursors that have moved must be saved with it. */
  void saveMoved() {
    changed |= moved;
  }

  boolean isChanged() {
    return changed;
  }

  /** The cursors by priority, for saving. */
  SortedMap<Integer, Progress.Cursor> takeProgress() {
    changed = false;
    moved = false;
    SortedMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    readers.forEach((priority, reader) -> cursors.put(priority, reader.cursor()));
    return cursors;
  }

  /** The absences that some cursor has not passed, for saving. */
  List<Progress.Absence> takeAbsences() {
    absences.forgetPassed(
        toId -> readers.values().stream().allMatch(reader -> reader.nextId() >= toId));
    return absences.saved();
  }

  /** The ids of a log that are still needed for what lies ahead. */
  void collectNeeded(int priority, List<IdRanges.Range> needed) {
    LogReader reader = readers.get(priority);
    if (reader == null) {
      return;
    }
    // With nothing ahead, what the cursor has not passed yet is not for this subscriber.
    long from = reader.backlog() > 0 ? reader.neededFrom() : reader.log().lastId() + 1;
    absences.collectNeeded(from, needed);
  }
}
