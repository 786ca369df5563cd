package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.TopicStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the messages out of queues.
 *
 * <p>A cursor is put behind the end, which costs nothing and releases everything. Only keyed
 * messages that other subscribers may still need are passed one by one, in portions, since each
 * must be looked up.
 */
final class Purge {
  /** The number of places, or of entries of messages without a key, that a portion passes. */
  private static final int PORTION = 2000;

  private final TopicStore store;
  private final Queues queues;
  private final KeyedMessages keyedMessages;
  private int looks;

  Purge(TopicStore store, Queues queues, KeyedMessages keyedMessages) {
    this.store = store;
    this.queues = queues;
    this.keyedMessages = keyedMessages;
  }

  /** Empties all queues; returns the number of messages in each. */
  Map<String, Long> all(Runnable flushLogs, Ids ids, Runnable trim) {
    flushLogs.run();
    Map<String, Long> purged = new LinkedHashMap<>();
    long nextId = ids.take(1);
    for (SubscriberQueue queue : queues.all()) {
      purged.put(queue.subscriber(), queue.queued());
      queue.purge(nextId);
    }
    store.forgetKeyed();
    trim.run();
    List.copyOf(queues.detached()).forEach(this::forget);
    return purged;
  }

  /** Empties one queue, or a portion of it. */
  Purged one(SubscriberQueue queue, long before, Runnable flushLogs, Ids ids, Runnable trim) {
    if (queues.all().size() == 1) {
      return new Purged(all(flushLogs, ids, trim).getOrDefault(queue.subscriber(), 0L), 0);
    }
    flushLogs.run();
    if (before == 0 && store.holdsKeyed()) {
      // Messages of this very commit cannot be read yet: the walk begins with the next portion.
      return new Purged(0, ids.take(1));
    }
    long queued = queue.queued();
    boolean done = before == 0 || walk(queue, before);
    if (before == 0) {
      queue.purge(ids.take(1));
    }
    long messages = queued - queue.queued();
    if (!done) {
      return new Purged(messages, before);
    }
    trim.run();
    if (!queue.isAttached()) {
      forget(queue);
    }
    return new Purged(messages, 0);
  }

  private void forget(SubscriberQueue queue) {
    queues.remove(queue);
    store.forget(queue.subscriber());
  }

  /**
   * Passes the messages ahead with ids below {@code before}; false when one portion was not enough.
   */
  private boolean walk(SubscriberQueue queue, long before) {
    queue.endOutstanding().forEach(message -> settle(queue, message));
    queue.cursors().noteChanged();
    for (PassedPlaces.Passed passed : queue.cursors().passed().all()) {
      pass(queue, passed.place(), passed.key());
    }
    for (LogReader reader : queue.cursors().readers().all()) {
      while (reader.find() && reader.id() < before) {
        if (++looks > PORTION) {
          return false;
        }
        if (!queue.cursors().passAbsence(reader)) {
          pass(queue, reader);
        }
      }
    }
    return true;
  }

  private void pass(SubscriberQueue queue, LogReader reader) {
    if (!reader.current().isPlace()) {
      reader.passEntry();
      return;
    }
    pass(queue, reader.place(), reader.current().key());
  }

  private void pass(SubscriberQueue queue, Place place, Bytes key) {
    KeyedMessage kept = store.find(key);
    if (kept == null || !kept.placeOf(queue.subscriber()).equals(place)) {
      queue.cursors().passSkipped(place);
      return;
    }
    Outstanding message =
        new Outstanding(place.priority(), place.id(), place.id(), kept.key().copy(), true);
    message.version = kept.version();
    queue.cursors().pass(place);
    settle(queue, message);
  }

  private void settle(SubscriberQueue queue, Outstanding message) {
    if (message.keyed) {
      keyedMessages.settle(queue, message);
    }
  }
}
