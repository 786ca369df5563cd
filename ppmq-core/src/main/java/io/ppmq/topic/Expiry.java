package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import java.util.List;

/** Takes expired messages out of all queues of a topic. */
final class Expiry {
  private final TopicContents topic;
  private final Queues queues;
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;
  private final Endings endings;

  Expiry(
      TopicContents topic,
      Queues queues,
      KeyedMessages keyedMessages,
      RetainedCount retained,
      Endings endings) {
    this.topic = topic;
    this.queues = queues;
    this.keyedMessages = keyedMessages;
    this.retained = retained;
    this.endings = endings;
  }

  /** See {@link Topic#expire}. */
  boolean expire(Expiring expiring) {
    if (!topic.settings().expire()) {
      return false;
    }
    Bytes key = expiring.key();
    return key == null ? expireEntry(expiring) : expireKeyed(key, expiring.atMillis());
  }

  private boolean expireKeyed(Bytes key, long atMillis) {
    KeyedMessage kept = topic.store().find(key);
    if (kept == null || kept.expiresAtMillis() != atMillis) {
      return false;
    }
    keyedMessages.expire(kept);
    return true;
  }

  private boolean expireEntry(Expiring expiring) {
    List<Entry> entries = topic.store().read(expiring.priority(), expiring.id(), 1, 1);
    if (entries.isEmpty() || entries.get(0).firstId() != expiring.id()) {
      return false;
    }
    topic.store().remove(expiring.priority(), expiring.id(), expiring.atMillis()); // it may fail
    retained.removing(expiring.priority(), entries.get(0));
    for (SubscriberQueue queue : queues.all()) {
      queue.expire(expiring.priority(), entries.get(0));
    }
    queues.saveCursors();
    return true;
  }

  /** See {@link Topic#nextEndMillis}. */
  long nextEndMillis() {
    long next = Entry.NEVER;
    if (topic.settings().expire()) {
      for (SubscriberQueue queue : queues.attached()) {
        next = Math.min(next, queue.nextEndMillis());
      }
    }
    return next;
  }

  /** See {@link Topic#expireOut}. */
  void expireOut(long nowMillis) {
    if (topic.settings().expire()) {
      for (SubscriberQueue queue : queues.attached()) {
        queue.expireOut(nowMillis).forEach(message -> endings.ended(queue, message));
      }
    }
  }
}
