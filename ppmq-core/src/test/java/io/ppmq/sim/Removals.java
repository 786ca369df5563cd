package io.ppmq.sim;

import io.ppmq.message.Delivery;
import java.util.List;

/** Messages that an administrator removes from queues. */
final class Removals {
  private final Ledger ledger;
  private final Delays delays;

  Removals(Ledger ledger, Delays delays) {
    this.ledger = ledger;
    this.delays = delays;
  }

  /** The writer has purged a topic: nothing is queued or in flight any more. */
  void purged(String topic) {
    ledger.noteDropped();
    Submitted by = ledger.nextCommit();
    delays.purged(topic);
    for (ExpectedQueue queue : ledger.queuesOf(topic)) {
      List.copyOf(queue.live()).forEach(item -> end(queue, item, by));
    }
  }

  /**
   * The writer has deleted a message of a subscriber for all subscribers, with all versions of its
   * key.
   */
  void deleted(String topic, String subscriber, Delivery deleted) {
    ledger.noteDropped();
    Submitted by = ledger.nextCommit();
    int number = ledger.numberOf(topic, deleted.key(), deleted.payload());
    Item found = ledger.queue(topic, subscriber).find(number);
    for (ExpectedQueue queue : ledger.queuesOf(topic)) {
      for (Item item : List.copyOf(queue.live())) {
        boolean named = item.message.keyed && deleted.key().equals(item.message.key());
        boolean own = (found != null && found.isRequeued()) || item.isRequeued();
        if (named || (item.message.number == number && (!own || item == found))) {
          end(queue, item, by);
        }
      }
    }
  }

  /**
   * The writer has begun to purge one queue, and will continue: every message in it may be gone by
   * now.
   *
   * @param before the place up to which it purges
   */
  void purging(String topic, String subscriber, long before) {
    ledger.noteDropped();
    for (Item item : ledger.queue(topic, subscriber).live()) {
      boolean later = item.order >= before;
      item.unsure |= !later || item.message.keyed || item.state != Item.State.QUEUED;
    }
  }

  /** The writer has purged one queue of everything that was published before that place. */
  void purged(String topic, String subscriber, long before) {
    purging(topic, subscriber, before);
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    Submitted by = ledger.nextCommit();
    for (Item item : List.copyOf(queue.live())) {
      if (item.order < before) {
        end(queue, item, by);
      }
    }
  }

  /** Its worker may be free now, and not when the time of another message was over. */
  private void end(ExpectedQueue queue, Item item, Submitted by) {
    queue.end(item, Item.State.PURGED, by);
    if (item.with != null) {
      item.with.noteFree(ledger.clock.elapsedNanos());
    }
  }
}
