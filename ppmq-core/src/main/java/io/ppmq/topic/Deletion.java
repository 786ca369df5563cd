package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.TopicStore;
import org.jspecify.annotations.Nullable;

/**
 * Takes one message out of all queues by its key, even if it is out.
 *
 * <p>A keyed message is forgotten. Any other is in an entry with those that were published with it:
 * the entry is written again without it, under the same name, so that cursors and outstanding
 * messages of the entry find the rest as before.
 */
final class Deletion {
  private final TopicContents topic;
  private final TopicStore store;
  private final Queues queues;
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;

  Deletion(
      TopicContents topic, Queues queues, KeyedMessages keyedMessages, RetainedCount retained) {
    this.topic = topic;
    this.store = topic.store();
    this.queues = queues;
    this.keyedMessages = keyedMessages;
    this.retained = retained;
  }

  /** Returns false when no queue has it. Everything that was published must be committed. */
  boolean delete(Bytes key) {
    KeyedMessage kept = topic.find(key);
    if (kept != null) {
      keyedMessages.evict(kept);
      queues.all().forEach(queue -> queue.delete(kept.key()));
      return true;
    }
    long id = topic.idIn(key);
    return id > 0 && delete(id);
  }

  private boolean delete(long id) {
    Bytes key = topic.brokerKey(id);
    for (int priority : store.priorities()) {
      Entry entry = store.around(priority, queues.neededFrom(priority), id);
      Bytes payload = entry == null || entry.isPlace() ? null : payload(entry, id);
      if (entry != null && payload != null && retained.isNeeded(priority, id, key)) {
        retained.deleting(payload);
        for (SubscriberQueue queue : queues.all()) {
          queue.delete(priority, entry, id, key);
        }
        queues.saveCursors();
        store.replace(priority, entry, entry.without(id));
        return true;
      }
    }
    return false;
  }

  private static @Nullable Bytes payload(Entry entry, long id) {
    for (Entry.Messages each = entry.messages(); each.next(); ) {
      if (each.id() == id) {
        return each.payload();
      }
    }
    return null;
  }
}
