package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The end of one priority's log, where messages are added. The messages of one commit are packed
 * into entries of up to {@value #ENTRY_BYTES_MAX} bytes; a larger message has an entry to itself.
 */
final class Log {
  static final int ENTRY_BYTES_MAX = 32 << 10;
  private static final int PACKER_BYTES_FIRST = 1 << 10;

  private final TopicStore store;
  private final int priority;
  private long ordinal;
  private long lastId;
  private Entry.@Nullable Packer packer;
  private IdRanges needed = IdRanges.ALL;

  /**
   * The log of a priority as the store has it.
   *
   * @param ordinal the number of messages that it was ever given
   */
  Log(TopicStore store, int priority, long ordinal) {
    this.store = store;
    this.priority = priority;
    Entry last = store.last(priority);
    this.ordinal = last == null ? ordinal : Math.max(ordinal, last.firstOrdinal() + last.count());
    this.lastId = last == null ? 0 : last.lastId();
  }

  int priority() {
    return priority;
  }

  /** The number of messages that the log was ever given. */
  long ordinal() {
    return ordinal;
  }

  /**
   * The id of the last message it was given since the topic was opened, or of the last that was
   * still there then; 0 without one.
   */
  long lastId() {
    return lastId;
  }

  void add(
      long id, Bytes payload, @Nullable Instant expires, long expiresAtMillis, long nowMillis) {
    if (packer != null && !hasRoom(packer, payload, expiresAtMillis)) {
      flush();
    }
    if (packer == null) {
      int capacity = Math.max(PACKER_BYTES_FIRST, payload.length() + 32);
      packer = new Entry.Packer(ordinal, nowMillis, expiresAtMillis, capacity);
    }
    packer.add(id, payload, expires);
    ordinal++;
    lastId = id;
  }

  void addPlace(long id, Bytes key, long nowMillis) {
    flush();
    store.append(priority, Entry.place(id, ordinal, nowMillis, key));
    ordinal++;
    lastId = id;
  }

  /** Hands the messages that were added since the last commit to the store. */
  void flush() {
    if (packer != null) {
      store.append(priority, packer.pack());
      packer = null;
    }
  }

  /** Drops the ids that were needed until now and are not in {@code stillNeeded}. */
  void trim(IdRanges stillNeeded) {
    for (IdRanges.Range range : needed.minus(stillNeeded)) {
      store.drop(priority, range.from(), range.to());
    }
    needed = stillNeeded;
  }

  private static boolean hasRoom(Entry.Packer packer, Bytes payload, long expiresAtMillis) {
    return packer.expiresAtMillis() == expiresAtMillis
        && packer.length() + payload.length() <= ENTRY_BYTES_MAX;
  }
}
