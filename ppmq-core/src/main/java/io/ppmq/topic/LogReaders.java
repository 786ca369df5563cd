package io.ppmq.topic;

import io.ppmq.store.Progress;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LogReader} for each log of a topic, by the log's priority. If a topic has fewer
 * priorities than before, the logs beyond are read together with the last one, by id.
 */
final class LogReaders {
  private final TopicContents topic;
  private final SortedMap<Integer, LogReader> readers = new TreeMap<>();

  LogReaders(TopicContents topic) {
    this.topic = topic;
  }

  /** The reader of the log of a priority; null when there is no such log. */
  @Nullable LogReader find(int priority) {
    return readers.get(priority);
  }

  Collection<LogReader> all() {
    return Collections.unmodifiableCollection(readers.values());
  }

  /** Whether this is the present reader of its log. */
  boolean has(LogReader reader) {
    return readers.get(reader.log().priority()) == reader;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Reads a log from this cursor on. */
  void add(Log log, Progress.Cursor cursor) {
    put(new LogReader(topic.store(), log, cursor));
  }

  /** Reads the log of this reader with it from now on. */
  void put(LogReader reader) {
    readers.put(reader.log().priority(), reader);
  }

  /** Goes on from {@code nextId} in every log. */
  void skipTo(long nextId) {
    readers.replaceAll(
        (priority, reader) ->
            new LogReader(topic.store(), reader.log(), LogReader.end(reader.log(), nextId)));
  }

  // ---- what comes next ------------------------------------------------------------------------

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

  private boolean isOn(LogReader reader) {
    return reader.find() && !topic.barrier().holds(reader.id());
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
   * when it cannot be determined without reading them.
   */
  @Nullable LogReader onlyFront() {
    for (LogReader reader : readers.values()) {
      int priority = reader.log().priority();
      if (reader.nextId() <= reader.log().lastId()) {
        boolean alone =
            priority < topic.settings().priorities() - 1 || priority == readers.lastKey();
        return alone ? reader : null;
      }
    }
    return null;
  }

  // ---- counting -------------------------------------------------------------------------------

  /** The number of messages that were ever given to the logs before this one. */
  long givenBefore(LogReader reader) {
    long given = 0;
    for (LogReader before : readers.headMap(reader.log().priority()).values()) {
      given += before.log().ordinal();
    }
    return given;
  }

  /** The number of messages of a priority that lie ahead. */
  long backlog(int priority) {
    long ahead = 0;
    for (LogReader reader : readers.tailMap(priority).values()) {
      if (topic.settings().nearestPriority(reader.log().priority()) == priority) {
        ahead += reader.backlog();
      }
    }
    return ahead;
  }

  /** The number of messages that lie ahead. */
  long backlog() {
    long ahead = 0;
    for (LogReader reader : readers.values()) {
      ahead += reader.backlog();
    }
    return ahead;
  }

  /** The cursors by priority, for saving. */
  SortedMap<Integer, Progress.Cursor> cursors() {
    SortedMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    readers.forEach((priority, reader) -> cursors.put(priority, reader.cursor()));
    return cursors;
  }

  // ---- reading ahead --------------------------------------------------------------------------

  /** Reads ahead the next places, and the messages kept under their keys. */
  void readPlacesAhead() {
    readers.values().forEach(LogReader::readPlacesAhead);
  }

  /** Drops the data read ahead; the cursors stay. */
  void release() {
    readers.values().forEach(LogReader::release);
  }
}
