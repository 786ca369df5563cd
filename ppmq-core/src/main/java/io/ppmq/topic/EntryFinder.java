package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds messages by id in entries whose first id is known. Messages that are asked for in the order
 * of their ids cost one read for each entry, however many of them are in it.
 */
final class EntryFinder {
  private final TopicStore store;
  private int priority = -1;
  private @Nullable Entry entry;
  private Entry.@Nullable Messages messages;

  EntryFinder(TopicStore store) {
    this.store = store;
  }

  /** Stands on the message, or is false when it is not stored any more. */
  boolean find(int logPriority, long entryId, long id) {
    if (entry == null || priority != logPriority || entry.firstId() != entryId) {
      List<Entry> read = store.read(logPriority, entryId, 1, 1);
      priority = logPriority;
      entry = read.isEmpty() || read.get(0).firstId() != entryId ? null : read.get(0);
      messages = null;
    }
    if (entry == null || entry.isPlace()) {
      return false;
    }
    if (messages == null || messages.id() > id) {
      messages = entry.messages();
      if (!messages.next()) {
        return false;
      }
    }
    while (messages.id() < id) {
      if (!messages.next()) {
        return false;
      }
    }
    return messages.id() == id;
  }

  Entry entry() {
    return Objects.requireNonNull(entry);
  }

  Bytes payload() {
    return Objects.requireNonNull(messages).payload();
  }

  @Nullable Instant expires() {
    return Objects.requireNonNull(messages).expires();
  }

  /** When the message ends. */
  long endMillis() {
    return Objects.requireNonNull(messages).endMillis();
  }
}
