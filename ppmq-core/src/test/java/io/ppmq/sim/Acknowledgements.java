package io.ppmq.sim;

import io.ppmq.message.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What subscribers have told the broker: acknowledgements, RECONNECT, a closed connection. */
final class Acknowledgements {
  private final Ledger ledger;
  private final DeliveryCheck deliveries;

  Acknowledgements(Ledger ledger, DeliveryCheck deliveries) {
    this.ledger = ledger;
    this.deliveries = deliveries;
  }

  /** The writer has applied an acknowledgement. */
  void acknowledged(String topic, String subscriber, Bytes key, Submitted submitted) {
    submitted.applied(ledger.disk.nextAttempt());
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    if (queue == null) {
      return;
    }
    ledger.noteDropped();
    Integer number = deliveries.numberOf(topic, key);
    Item plain = number == null ? null : queue.find(number);
    if (plain != null && plain.isRequeued() && !plain.message.keyed) {
      if (key.equals(plain.sentAs)) { // no more what it was before it died
        acknowledgeKeyed(queue, plain, List.of(), submitted); // it is kept under a key by now
      }
    } else if (plain != null && !plain.message.keyed) {
      acknowledgePlain(queue, plain, submitted);
    } else {
      List<Item> versions = queue.versions(key);
      versions.forEach(item -> acknowledgeKeyed(queue, item, versions, submitted));
    }
  }

  /** With dedupe switched it may have had another key when it was sent first: each counts. */
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

  /** The writer has applied RECONNECT; {@code topic} is null for all. */
  void redelivered(String subscriber, @Nullable String topic) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(subscriber)) {
      if (queue.attached && (topic == null || queue.topic.equals(topic))) {
        queue.redeliver();
      }
    }
  }

  /** The writer has heard that there is a connection. */
  void opened(String subscriber) {
    ledger.queuesOfSubscriber(subscriber).forEach(queue -> queue.pushedHere = false);
  }

  /** The writer has heard that the subscriber closed the connection. */
  void closed(String subscriber, boolean unread) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(subscriber)) {
      if (unread && queue.pushedHere && queue.pushing == null) {
        queue.redeliver();
      }
      queue.pushedHere = false;
    }
  }
}
