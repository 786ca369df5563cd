package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The subscribers' statements to the broker: acknowledgements, RECONNECT, a closed connection. */
final class Acknowledgements {
  private final Ledger ledger;
  private final DeliveryCheck deliveries;

  Acknowledgements(Ledger ledger, DeliveryCheck deliveries) {
    this.ledger = ledger;
    this.deliveries = deliveries;
  }

  /**
   * The writer has applied an acknowledgement.
   *
   * @param by the worker that acknowledged over its own connection; null for another connection
   */
  void acknowledged(
      String topic, String subscriber, Bytes key, @Nullable Worker by, Submitted submitted) {
    submitted.applied(ledger.disk.nextAttempt());
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    if (queue == null) {
      return;
    }
    ledger.noteDropped();
    queue.timeUp(ledger.clock.elapsedNanos()); // late: the worker has been free since the deadline
    Integer number = deliveries.numberOf(topic, key);
    Item plain = number == null ? null : queue.find(number);
    if (plain != null && isAnothers(queue, plain, by)) {
      return;
    }
    if (plain != null && !plain.message.keyed) {
      boolean named = plain.noteNamed(key); // no more what it was before it died
      if (named && plain.isRequeued()) {
        acknowledgeKeyed(queue, plain, List.of(), submitted); // it is kept under a key by now
      } else if (named) {
        acknowledgePlain(queue, plain, submitted);
      }
    } else {
      List<Item> versions = queue.versions(key);
      for (Item item : versions) {
        if (isAnothers(queue, item, by)) {
          continue;
        }
        if (mayBeAnothers(queue, item, by)) {
          item.unsure |= item.isLive();
          versions.forEach(other -> other.placeUnknown = true);
        } else {
          acknowledgeKeyed(queue, item, versions, submitted);
        }
      }
    }
    queue.batches().forEach(batch -> batch.noteFree(ledger.clock.elapsedNanos()));
  }

  /**
   * Whether a worker names a message of another worker, which is out with that one or was sent to
   * it last, by a key that may name another version.
   */
  private boolean isAnothers(ExpectedQueue queue, Item item, @Nullable Worker by) {
    TopicSettings topic = ledger.settings().get(queue.topic);
    if (by == null || !(isProducers(item) || (topic != null && topic.dedupe()))) {
      return false;
    }
    Item sent = sent(queue, item);
    if (isOut(sent)) {
      return sent.with != null && sent.with.worker != by;
    }
    return item.afterOlder && item.sentTo != by;
  }

  /**
   * Whether the acknowledgement counts only if the broker has pushed nothing of the topic to that
   * worker. The model does not know that: a reload that removes a topic and adds it again forgets
   * what was pushed.
   */
  private static boolean mayBeAnothers(ExpectedQueue queue, Item item, @Nullable Worker by) {
    return by != null && isProducers(item) && !isOut(sent(queue, item)) && item.sentTo != by;
  }

  private static boolean isProducers(Item item) {
    return item.message.keyed && !Letter.isOne(item.message.message.payload());
  }

  /** The version that is sent in the place of this one; itself if there is none. */
  private static Item sent(ExpectedQueue queue, Item item) {
    Item sent = item;
    for (Item newer : queue.versions(item.message.key())) {
      sent = newer.older == item ? newer : sent;
    }
    return sent;
  }

  private static boolean isOut(Item item) {
    return item.state == Item.State.SENT || item.state == Item.State.CHOSEN;
  }

  /** If dedupe was switched, its first delivery may have had another key: each counts. */
  private static void acknowledgePlain(ExpectedQueue queue, Item item, Submitted submitted) {
    if (item.isLive()) {
      if (item.chosenHere || item.surelySent) {
        queue.end(item, Item.State.ACKNOWLEDGED, submitted);
      } else {
        item.unsure = true;
      }
    }
  }

  private static void acknowledgeKeyed(
      ExpectedQueue queue, Item item, List<Item> versions, Submitted submitted) {
    boolean covered = versions.stream().anyMatch(newer -> newer.older == item);
    switch (item.state) {
      case SENT -> queue.end(item, Item.State.ACKNOWLEDGED, submitted);
      case WAITING -> {
        if (item.surelySent) {
          queue.end(item, Item.State.ACKNOWLEDGED, submitted);
        } else {
          item.unsure = true;
          versions.forEach(other -> other.placeUnknown = true);
        }
      }
      case CHOSEN -> {
        boolean again = item.before == Item.State.WAITING && item.surelySent;
        if (again && item.older == null && !covered) {
          queue.end(item, Item.State.ACKNOWLEDGED, submitted);
        } else if (!covered) {
          item.early = submitted;
          item.unsure |= item.before == Item.State.WAITING; // it may end now, or when it is pushed
        }
      }
      default -> {}
    }
  }

  /**
   * The writer has applied RECONNECT.
   *
   * @param topic null for all topics
   * @param by the worker that sent it over its own connection; null for another connection
   */
  void redelivered(String subscriber, @Nullable String topic, @Nullable Worker by) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(subscriber)) {
      if (queue.attached && (topic == null || queue.topic.equals(topic))) {
        for (ExpectedBatch batch : queue.batches()) {
          if (by == null ? batch.worker.isPlace() : batch.worker == by) {
            batch.redeliver(ledger.clock.elapsedNanos());
          }
        }
      }
    }
  }

  /** The writer has learned that there is a connection. */
  void opened(Worker place) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(place.subscriber())) {
      queue.with(place).pushedHere = false;
    }
  }

  /** The writer has learned that the subscriber closed the connection. */
  void closed(Worker place, boolean unread) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(place.subscriber())) {
      ExpectedBatch batch = queue.with(place);
      if (unread && batch.pushedHere && batch.pushing == null) {
        batch.redeliver(ledger.clock.elapsedNanos());
      }
      batch.pushedHere = false;
    }
  }
}
