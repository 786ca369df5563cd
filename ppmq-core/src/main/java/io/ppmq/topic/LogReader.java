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
 * A subscriber's cursor in the log of one priority, and the way forward from it.
 *
 * <p>It counts as it goes. The log numbers its messages (their ordinals), so what lies ahead is the
 * log's ordinal less the cursor's, less those which are known not to be for this subscriber. That
 * last number, {@link #skipped}, goes up when a message ahead is replaced or expires, and down when
 * the cursor passes the gap it left; so the backlog is exact without counting messages.
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

  /** Where a subscriber begins that is to get everything the log is given from now on. */
  static Progress.Cursor end(Log log, long nextId) {
    return new Progress.Cursor(nextId, nextId, log.ordinal(), 0, log.ordinal());
  }

  /** Where a subscriber begins that is to get everything the log was ever given. */
  static Progress.Cursor start() {
    return new Progress.Cursor(0, 0, 0, 0, 0);
  }

  /** A copy of the cursor with its read data, to go ahead and leave this one where it is. */
  LogReader copy() {
    LogReader copy = new LogReader(store, log, cursor());
    copy.ahead.addAll(ahead);
    copy.entry = entry;
    copy.messages = messages == null ? null : messages.copy();
    return copy;
  }

  /** Another number than before when the cursor has moved, or something ahead has gone. */
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

  /** How many messages ahead are for this subscriber. */
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
   * Has places that come next at hand, and with them their messages; nothing happens where it is
   * not on its way along places. Each of them is looked for by itself, which takes much longer than
   * to read messages: so it is worth doing while a subscriber is at work.
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

  /** Where it stands, which is a place. */
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

  /** When the message ends it stands on, which is no place. */
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

  /** Forgets the data that it read ahead, because an entry there is being removed. */
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

  /** Lets go of the data that it read ahead; the cursor stays. */
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
