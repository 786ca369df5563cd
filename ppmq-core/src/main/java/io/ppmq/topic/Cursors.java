package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The position of a subscriber in a topic: its cursors, which are those of its {@link LogReaders},
 * the {@link Absences}, which it does not get, and the {@link PassedPlaces}. Messages ahead of the
 * cursors were never chosen.
 */
final class Cursors {
  private final String subscriber;
  private final TopicContents topic;
  private final LogReaders readers;
  private final Absences absences = new Absences();
  private final PassedPlaces passed = new PassedPlaces();
  private boolean changed;
  private boolean moved;

  Cursors(String subscriber, TopicContents topic) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.readers = new LogReaders(topic);
  }

  /** A copy of the cursors, which can go ahead while these stay where they are. */
  Cursors copy() {
    Cursors copy = new Cursors(subscriber, topic);
    readers.all().forEach(reader -> copy.readers.add(reader.log(), reader.cursor()));
    copy.absences.resume(absences.saved());
    copy.passed.addFree(passed.all());
    return copy;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Begins with the messages from {@code nextId} on. */
  void begin(Iterable<Log> logs, long nextId) {
    for (Log log : logs) {
      readers.add(log, LogReader.end(log, nextId));
    }
    changed = true;
  }

  /** Continues from the saved state. */
  void resume(Iterable<Log> logs, Progress progress) {
    absences.resume(progress.absences());
    for (Log log : logs) {
      Progress.Cursor cursor = progress.cursors().get(log.priority());
      readers.add(log, cursor == null ? LogReader.start() : cursor);
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
    readers.add(log, LogReader.start());
  }

  /** Messages from {@code nextId} on are not for this subscriber. */
  void detach(long nextId) {
    changed |= absences.begin(nextId);
  }

  /** Messages from {@code nextId} on are for this subscriber. */
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

  /** Continues at {@code nextId} in every log, so that nothing lies ahead any more. */
  void skipTo(long nextId) {
    readers.skipTo(nextId);
    passed.clear();
    changed = true;
  }

  // ---- going ahead ----------------------------------------------------------------------------

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

  /** Passes such a place that was already counted as not for this subscriber. */
  void passSkipped(Place place) {
    if (!passed.remove(place)) {
      reader(place.priority()).passSkipped();
    }
  }

  /** As {@link LogReaders#onlyFront}, when nothing of it can be absent. */
  @Nullable LogReader onlyFront() {
    return absences.isEmpty() ? readers.onlyFront() : null;
  }

  /** Goes on from where a copy of the cursor of a log has come. */
  void goOn(LogReader further) {
    readers.put(further);
    moved = true;
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
   * Messages that are counted as ahead and were not found are no longer counted: the disk lost
   * them, and the broker would look for them without end.
   */
  void forgetLost() {
    for (LogReader reader : readers.all()) {
      if (!reader.find() && reader.backlog() > 0) {
        reader.skipLater(reader.backlog());
        changed = true;
      }
    }
  }

  // ---- what lies ahead ------------------------------------------------------------------------

  /** The place where a keyed message waits, or waited, for this subscriber. */
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
    LogReader reader = readers.find(place.priority());
    return !place.equals(Place.NONE)
        && reader != null
        && place.id() >= reader.nextId()
        && absences.at(place.id()) == null;
  }

  /** Whether a message is still to be chosen there, when this version of it was taken before. */
  boolean awaits(Place place, @Nullable Outstanding taken) {
    return awaits(place) && (taken == null || taken.version < place.id());
  }

  /** Notes that the message at this place is not, or no longer, for this subscriber. */
  void skipLater(Place place) {
    if (!passed.remove(place)) {
      reader(place.priority()).skipLater(1);
    }
    changed = true;
  }

  /** The cursor of the log of a priority, which must exist. */
  LogReader reader(int priority) {
    LogReader reader = readers.find(priority);
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
    LogReader reader = readers.find(priority);
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
    LogReader reader = readers.find(priority);
    if (reader != null) {
      boolean ahead = awaits(new Place(priority, id));
      reader.delete(entry, ahead);
      changed |= ahead;
    }
  }

  /** The number of messages of a priority that lie ahead. */
  long backlog(int priority) {
    long ahead = readers.backlog(priority);
    for (PassedPlaces.Passed each : passed.all()) {
      ahead += topic.settings().nearestPriority(each.place().priority()) == priority ? 1 : 0;
    }
    return ahead;
  }

  /** The number of messages that lie ahead. */
  long backlog() {
    return passed.count() + readers.backlog();
  }

  /** The cursors, and the next messages of the logs. */
  LogReaders readers() {
    return readers;
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** A batch is being chosen: the cursors move, which alone is not worth saving. */
  void noteMoved() {
    moved = true;
  }

  /** Passed and skipped places must be saved. */
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
    return readers.cursors();
  }

  /** The absences that some cursor has not passed, for saving. */
  List<Progress.Absence> takeAbsences() {
    absences.forgetPassed(
        toId -> readers.all().stream().allMatch(reader -> reader.nextId() >= toId));
    return absences.saved();
  }

  /** The ids of a log that are still needed for the messages ahead. */
  void collectNeeded(int priority, List<IdRanges.Range> needed) {
    LogReader reader = readers.find(priority);
    if (reader == null) {
      return;
    }
    // With nothing ahead, the rest of the log is not for this subscriber.
    long from = reader.backlog() > 0 ? reader.neededFrom() : reader.log().lastId() + 1;
    absences.collectNeeded(from, needed);
  }
}
