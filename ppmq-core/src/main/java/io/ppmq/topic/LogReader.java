package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's cursor in the log of one priority, with methods to move it forward.
 *
 * <p>It counts as it moves. The log numbers its messages (their ordinals). So the messages ahead
 * are the log's ordinal less the cursor's, less those that are known not to be for this subscriber.
 * That last number, {@link #skipped}, goes up when a message ahead is replaced or expires, and down
 * when the cursor passes the gap it left; so the backlog is exact without counting messages.
 */
final class LogReader {
  private static final int AHEAD_ENTRIES_MAX = 64;
  private static final int AHEAD_BYTES_MAX = 32 << 10;

  private final TopicStore store;
  private final Log log;
  private long nextId;
  private long entryId;
  private long ordinal;
  private long skipped;

  /** Increases whenever the cursor moves or the messages ahead change. */
  private long edition;

  private final ArrayDeque<Entry> ahead = new ArrayDeque<>();
  private @Nullable Entry entry;
  private Entry.@Nullable Messages messages;

  LogReader(TopicStore store, Log log, Progress.Cursor cursor) {
    this.store = store;
    this.log = log;
    this.nextId = cursor.nextId();
    this.entryId = cursor.entryId();
    this.ordinal = cursor.ordinal();
    this.skipped = cursor.skipped();
  }

  /** The start of a subscriber that gets everything the log is given from now on. */
  static Progress.Cursor end(Log log, long nextId) {
    return new Progress.Cursor(nextId, nextId, log.ordinal(), 0, log.ordinal());
  }

  /** The start of a subscriber that gets everything the log was ever given. */
  static Progress.Cursor start() {
    return new Progress.Cursor(0, 0, 0, 0, 0);
  }

  /**
   * A copy of the cursor with its read data, which can go ahead while this one stays where it is.
   */
  LogReader copy() {
    LogReader copy = new LogReader(store, log, cursor());
    copy.ahead.addAll(ahead);
    copy.entry = entry;
    copy.messages = messages == null ? null : messages.copy();
    return copy;
  }

  /** A number that changes whenever the cursor has moved or a message ahead has gone. */
  long edition() {
    return edition;
  }

  Progress.Cursor cursor() {
    return new Progress.Cursor(nextId, entryId, ordinal, skipped, log.ordinal());
  }

  Log log() {
    return log;
  }

  /** The first id that was never chosen. */
  long nextId() {
    return nextId;
  }

  /** Entries from this id on are still needed. */
  long neededFrom() {
    return Math.min(entryId, nextId);
  }

  /** The number of messages ahead for this subscriber. */
  long backlog() {
    return log.ordinal() - ordinal - skipped;
  }

  /** Notes that this many of the messages ahead are not for this subscriber after all. */
  void skipLater(long count) {
    edition++;
    skipped += count;
  }

  /** Stands on the next message that is stored and was not passed; false when there is none. */
  boolean find() {
    while (entry == null) {
      if (nextId > log.lastId() || !load()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads the next places and their messages ahead; does nothing if it is not among places. Each
   * message needs its own lookup, which takes much longer than reading messages in order, so it is
   * done while a subscriber is at work.
   */
  void readPlacesAhead() {
    Entry last = ahead.peekLast();
    if (last != null && last.isPlace() && ahead.size() < AHEAD_ENTRIES_MAX) {
      ahead.addAll(read(last.lastId() + 1));
    }
  }

  /** The id of the message it stands on. */
  long id() {
    return messages == null ? current().firstId() : messages.id();
  }

  /** The entry of the message it stands on. */
  Entry current() {
    return Objects.requireNonNull(entry);
  }

  /** The place it stands on. */
  Place place() {
    return new Place(log.priority(), id());
  }

  /** The message it stands on, as an outstanding one. */
  Outstanding outstanding(Bytes key, boolean keyed) {
    Outstanding message = new Outstanding(log.priority(), id(), current().firstId(), key, keyed);
    message.endsAtMillis = keyed ? Entry.NEVER : endMillis();
    message.publishedAtMillis = current().publishedAtMillis();
    return message;
  }

  /** The payload of the message it stands on, which is no place. */
  Bytes payload() {
    return Objects.requireNonNull(messages).payload();
  }

  /** The end of the message it stands on, which is no place. */
  long endMillis() {
    return Objects.requireNonNull(messages).endMillis();
  }

  /** The expiry of the message it stands on, which is no place. */
  @Nullable Instant expires() {
    return Objects.requireNonNull(messages).expires();
  }

  /** Passes the message it stands on, which was counted as ahead. */
  void pass() {
    edition++;
    Entry passed = current();
    long at = messages == null ? passed.firstOrdinal() : messages.ordinal();
    skipped -= at - ordinal;
    ordinal = at + 1;
    nextId = id() + 1;
    if (messages == null || !messages.next()) {
      leave();
    }
  }

  /** Passes the message it stands on, which was already counted as not for this subscriber. */
  void passSkipped() {
    skipped--;
    pass();
  }

  /** Passes the entry it stands in, which is no place, to its end. */
  void passEntry() {
    edition++;
    Entry passed = current();
    long at = Objects.requireNonNull(messages).ordinal();
    skipped -= at - ordinal;
    ordinal = passed.firstOrdinal() + passed.count();
    nextId = passed.lastId() + 1;
    leave();
  }

  /** Goes on from {@code id}; all before it were already counted as not for this subscriber. */
  void jump(long id) {
    edition++;
    nextId = Math.max(nextId, id);
    ahead.clear();
    leave();
  }

  /** Drops the data that it read ahead, because an entry there is being removed. */
  void reread(Entry removed) {
    edition++;
    ahead.clear();
    if (entry != null && entry.firstId() == removed.firstId()) {
      nextId = Math.max(nextId, removed.lastId() + 1);
      leave();
    } else if (entryId == removed.firstId()) {
      nextId = Math.max(nextId, removed.lastId() + 1);
      entryId = nextId;
    }
  }

  /**
   * A message is deleted from an entry that keeps its name, so the data read ahead is out of date.
   *
   * @param ahead whether it was counted as ahead. The ordinals of the messages before it are higher
   *     by 1 from now on; so is the cursor's, where it has passed some of them
   */
  void delete(Entry from, boolean ahead) {
    edition++;
    if (ahead && nextId > from.firstId()) {
      ordinal++;
    } else if (ahead) {
      skipped++;
    }
    release();
  }

  /** Drops the data that it read ahead; the cursor stays. */
  void release() {
    ahead.clear();
    entry = null;
    messages = null;
  }

  private void leave() {
    entry = null;
    messages = null;
    entryId = nextId;
  }

  private boolean load() {
    if (ahead.isEmpty()) {
      ahead.addAll(read(entryId));
    }
    Entry next = ahead.poll();
    if (next == null) {
      return false;
    }
    entryId = next.firstId();
    Entry.Messages inside = next.isPlace() ? null : next.messages();
    long id = next.firstId();
    while (inside != null && inside.next()) {
      id = inside.id();
      if (id >= nextId) {
        break;
      }
    }
    if (id < nextId) {
      entryId = Math.max(entryId, next.lastId() + 1);
      return true;
    }
    entry = next;
    messages = inside;
    return true;
  }

  private List<Entry> read(long from) {
    return from > log.lastId()
        ? List.of()
        : store.read(log.priority(), from, AHEAD_ENTRIES_MAX, AHEAD_BYTES_MAX);
  }
}
