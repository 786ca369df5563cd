package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads all stored messages of a topic, each once, a portion at a time; changes nothing. Messages
 * that are published or acknowledged between two portions may be included or not.
 */
final class Export {
  private static final int ENTRIES_MAX = 32;
  private static final int KEYED_MAX = 128;
  private static final int PAYLOAD_BYTES_MAX = 256 << 10;

  private final TopicContents topic;
  private final TopicStore store;
  private final Queues queues;
  private final @Nullable String subscriber;
  private final long nowMillis;
  private final List<ExportedMessage> messages = new ArrayList<>();
  private long payloadBytes;

  /**
   * Begins to read one portion.
   *
   * @param subscriber the only subscriber whose messages are wanted; null for all
   */
  Export(TopicContents topic, Queues queues, @Nullable String subscriber, long nowMillis) {
    this.topic = topic;
    this.store = topic.store();
    this.queues = queues;
    this.subscriber = subscriber;
    this.nowMillis = nowMillis;
  }

  /** The portion that begins at a position. */
  ExportPage from(ExportPosition position) {
    Long momentMillis = position.momentMillis();
    ExportPosition next;
    if (momentMillis != null) {
      next = delayed(momentMillis, position.id());
    } else {
      next = position.after() == null ? logs(position) : keyed(position.after());
    }
    return new ExportPage(List.copyOf(messages), next);
  }

  private ExportPosition logs(ExportPosition position) {
    for (int priority : store.priorities()) {
      if (priority < position.priority()) {
        continue;
      }
      long begun = priority == position.priority() ? position.id() : 0;
      long from = Math.max(begun, queues.neededFrom(priority));
      List<Entry> entries = store.read(priority, from, ENTRIES_MAX, PAYLOAD_BYTES_MAX);
      if (!entries.isEmpty()) {
        entries.forEach(entry -> look(priority, entry));
        return ExportPosition.inLog(priority, entries.get(entries.size() - 1).lastId() + 1);
      }
    }
    return ExportPosition.after(Bytes.EMPTY);
  }

  private void look(int priority, Entry entry) {
    if (entry.isPlace()) {
      return; // its message is kept under its key
    }
    for (Entry.Messages each = entry.messages(); each.next(); ) {
      Bytes key = topic.brokerKey(each.id());
      List<ExportedMessage.Queued> queued = new ArrayList<>();
      for (SubscriberQueue queue : asked()) {
        add(queued, queue.find(priority, each.id(), key), each.endMillis());
      }
      add(queued, key, each.payload(), each.expires(), priority, entry.publishedAtMillis());
    }
  }

  private @Nullable ExportPosition keyed(Bytes after) {
    List<KeyedMessage> found = store.keyed(after.length() == 0 ? null : after, KEYED_MAX);
    for (KeyedMessage kept : found) {
      List<ExportedMessage.Queued> queued = new ArrayList<>();
      for (SubscriberQueue queue : asked()) {
        add(queued, queue.places().find(kept, queue.subscriber()), kept.endMillis());
      }
      add(
          queued,
          kept.key(),
          kept.payload(),
          kept.expires(),
          kept.priority(),
          kept.publishedAtMillis());
      if (payloadBytes >= PAYLOAD_BYTES_MAX) {
        return ExportPosition.after(kept.key());
      }
    }
    if (!found.isEmpty()) {
      return ExportPosition.after(found.get(found.size() - 1).key());
    }
    return subscriber == null ? ExportPosition.DELAYED : null; // they are in no queue yet
  }

  private @Nullable ExportPosition delayed(long fromMillis, long fromId) {
    List<DelayedMessage> found =
        store.delayed().from(fromMillis, fromId, KEYED_MAX, PAYLOAD_BYTES_MAX);
    for (DelayedMessage message : found) {
      Delivery delivery =
          new Delivery(
              new DelayedKey(message.atMillis(), message.id()).text(),
              message.payload(),
              message.expires(),
              topic.settings().nearestPriority(message.priority()),
              1);
      messages.add(
          new ExportedMessage(message.storedAtMillis(), delivery, List.of(), message.atMillis()));
    }
    DelayedMessage last = found.isEmpty() ? null : found.get(found.size() - 1);
    return last == null ? null : ExportPosition.delayed(last.atMillis(), last.id() + 1);
  }

  private List<SubscriberQueue> asked() {
    return subscriber == null ? List.copyOf(queues.all()) : List.of(queues.any(subscriber));
  }

  /** Expired messages are not sent any more; those that are out stay out. */
  private void add(
      List<ExportedMessage.Queued> queued, ExportedMessage.@Nullable Queued found, long endMillis) {
    if (found != null
        && (found.state() == PeekedMessage.State.IN_FLIGHT
            || !topic.isExpired(endMillis, nowMillis))) {
      queued.add(found);
    }
  }

  private void add(
      List<ExportedMessage.Queued> queued,
      Bytes key,
      Bytes payload,
      @Nullable Instant expires,
      int priority,
      long publishedAtMillis) {
    if (!queued.isEmpty()) {
      int nearest = topic.settings().nearestPriority(priority);
      Delivery delivery = new Delivery(key, payload, expires, nearest, queued.get(0).attempt());
      messages.add(new ExportedMessage(publishedAtMillis, delivery, queued, null));
      payloadBytes += payload.length();
    }
  }
}
