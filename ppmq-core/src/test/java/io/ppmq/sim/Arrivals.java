package io.ppmq.sim;

import io.ppmq.store.DelayedMessage;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that the writer has published: the subscribers that are to get them, and their
 * places.
 */
final class Arrivals {
  private final Ledger ledger;
  private final Bounds bounds;
  private final Delays delays;

  Arrivals(Ledger ledger, Bounds bounds, Delays delays) {
    this.ledger = ledger;
    this.bounds = bounds;
    this.delays = delays;
  }

  /** The writer has applied them. */
  void applied(List<Published> messages, Submitted submitted) {
    submitted.applied(ledger.disk.nextAttempt());
    TopicSettings topic = ledger.settings().get(messages.get(0).topic);
    ledger.noteDropped();
    if (topic == null) {
      throw new Violation(
          Invariant.FAITHFUL, messages + " are accepted for a topic that does not exist");
    }
    if (ledger.isClosed(topic.name())) {
      throw new Violation(
          Invariant.RULES_OF_THE_MOMENT,
          messages + " are accepted in a topic to which nobody may publish");
    }
    List<Published> kept =
        topic.subscribers().isEmpty()
            ? messages.stream().filter(delays::isDelayed).toList()
            : messages;
    bounds.admit(topic, kept);
    if (kept.size() < messages.size()) {
      bounds.passed(topic, messages);
    }
    for (Published message : kept) {
      if (delays.isDelayed(message)) {
        delays.delay(topic, message);
      } else {
        message.ages(topic, ledger.clock.wallMillis());
        queue(topic, message);
      }
    }
  }

  /** The broker removes a message from the delayed ones. */
  void due(String name, DelayedMessage delayed) {
    Published message = delays.due(name, delayed);
    TopicSettings topic = ledger.settings().get(name);
    if (message != null && topic != null) {
      ledger.noteDropped();
      queue(topic, message);
    }
  }

  private void queue(TopicSettings topic, Published message) {
    message.queued = true;
    message.order = ledger.nextOrder();
    message.keyed = topic.dedupe() && message.key() != null;
    message.priority = topic.nearestPriority(message.message.priority());
    Published before = message.keyed ? ledger.newest(message) : null;
    for (ExpectedQueue queue : ledger.queuesOf(topic.name())) {
      if (message.keyed) {
        queueVersion(topic, queue, message, before);
      } else if (queue.attached) {
        queue.add(new Item(message, message.priority, message.order));
      }
    }
    if (message.keyed) {
      ledger.versionsOf(message).add(message);
    }
  }

  private void queueVersion(
      TopicSettings topic, ExpectedQueue queue, Published message, @Nullable Published before) {
    Item item = new Item(message, message.priority, message.order);
    List<Item> older = queue.versions(message.key());
    if (before != null && topic.expire() && before.isExpired(ledger.clock.wallMillis())) {
      for (Item gone : older) {
        // Whether it was out or waited when the newer one expired decides what becomes of it.
        item.placeUnknown |= gone.message != before || gone.mayBeEvicted; // may be out, evicted
        item.placeUnknown |= gone.isRequeued(); // its age has begun again, for it alone
        gone.placeUnknown |= gone.message != before;
        if (gone.waits() || gone.message == before) {
          replace(queue, gone, message.submitted);
        }
        if (gone.message == before && gone.older != null) {
          replace(
              queue,
              gone.older,
              message.submitted); // it was to be sent again as the one that is gone
        }
      }
      older = queue.versions(message.key());
    }
    if (!queue.attached && !queue.everHad(message.key())) {
      return;
    }
    boolean waited = false;
    for (Item held : older) {
      item.placeUnknown |= held.placeUnknown || held.unsure || held.message.onceExpired;
      long now = ledger.clock.elapsedNanos();
      if (held.state == Item.State.WAITING && held.nack != null && held.nack.mayHold(now)) {
        item.placeUnknown |= !held.nack.forbids(now);
        if (held.nack.forbids(now) && !held.unsure && !held.message.onceExpired) {
          replace(queue, held, message.submitted); // by 4.13, and it does not keep the place
        }
        continue;
      }
      if (held.doom != null && held.state == Item.State.WAITING) {
        replace(queue, held, message.submitted); // the nack has killed it, and it is not buried yet
      } else if (held.state == Item.State.QUEUED) {
        waited = true;
        keepPlace(topic, queue, item, held);
        replace(queue, held, message.submitted);
      } else if (held.state == Item.State.WAITING && !held.surelySent) {
        item.placeUnknown = true;
      }
    }
    if (!queue.attached && !waited) {
      item.unsure = true;
      item.placeUnknown = true;
      older.forEach(held -> held.unsure |= held.isLive());
    }
    queue.add(item);
  }

  private static void keepPlace(TopicSettings topic, ExpectedQueue queue, Item item, Item held) {
    if (!queue.attached || item.message.priority >= topic.nearestPriority(held.log)) {
      item.log = held.log;
      item.place = held.place;
    }
    item.placeUnknown |= held.placeUnknown;
    item.unsure |= !queue.attached && (held.unsure || held.message.onceExpired);
  }

  /** Ends an older version, for as long as what queued the newer one is there. */
  static void replace(ExpectedQueue queue, Item older, Submitted newerBy) {
    queue.end(older, Item.State.REPLACED, newerBy);
  }
}
