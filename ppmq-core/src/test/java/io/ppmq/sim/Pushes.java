package io.ppmq.sim;

import io.ppmq.topic.Batch;
import io.ppmq.topic.TopicSettings;
import java.util.List;

/** The broker's pushes and their results. */
final class Pushes {
  private final Ledger ledger;
  private final DeliveryCheck deliveries;
  private final WorkerCheck workers;
  private final Nacks nacks;

  Pushes(Ledger ledger, DeliveryCheck deliveries, WorkerCheck workers, Nacks nacks) {
    this.ledger = ledger;
    this.deliveries = deliveries;
    this.workers = workers;
    this.nacks = nacks;
  }

  /** The broker begins to push a batch. */
  void chosen(Batch batch, Worker worker) {
    TopicSettings topic = ledger.settings().get(batch.topic());
    ExpectedQueue queue = ledger.queue(batch.topic(), batch.subscriber());
    if (topic == null || queue == null || !queue.attached) {
      throw new Violation(
          Invariant.FAITHFUL, batch + " is pushed to a subscriber that the topic does not have");
    }
    if (ledger.pauses.cover(batch.topic(), batch.subscriber())) {
      throw new Violation(Invariant.NOTHING_PAUSED_PUSHED, batch + " is pushed during a pause");
    }
    ledger.noteDropped();
    List<Item> items = deliveries.items(batch, queue, topic);
    items.forEach(item -> notePlace(queue, item, topic));
    queue.timeUp(ledger.clock.elapsedNanos());
    notePlacesOfOlder(queue, items, topic);
    deliveries.check(batch, items, queue, topic, ledger.limits(batch.subscriber()));
    workers.check(batch, items, queue, topic, worker);
    nacks.checkRoom(queue, items, topic.limits().nackedMax());
    for (Item item : items) {
      boolean newest = !item.message.keyed || ledger.newest(item.message) == item.message;
      if (!newest && !item.isRequeued()) {
        throw new Violation(
            Invariant.NEWEST_VERSION_ONLY,
            item.message + " is delivered after " + ledger.newest(item.message) + " was published");
      }
      choose(queue, item, topic);
    }
    queue.with(worker).chosen(items);
  }

  /**
   * The place of the newer version depends on whether an older one was in flight when it expired.
   */
  private void notePlace(ExpectedQueue queue, Item item, TopicSettings topic) {
    for (Item older : item.message.keyed ? queue.versions(item.message.key()) : List.<Item>of()) {
      item.placeUnknown |= older != item && older.pushes > 0 && ledger.isGone(older.message, topic);
    }
  }

  /**
   * While nothing new may be sent, a version may be, in the place of an older one: its place is
   * open, now and when it is sent again.
   */
  private static void notePlacesOfOlder(
      ExpectedQueue queue, List<Item> items, TopicSettings topic) {
    if (queue.mayTakeNothingNew(topic.limits().nackedMax(), items)) {
      for (Item item : items) {
        boolean keyed = item.message.keyed;
        item.placeUnknown |= keyed && queue.versions(item.message.key()).size() > 1;
      }
    }
  }

  private static void choose(ExpectedQueue queue, Item item, TopicSettings topic) {
    if (item.message.keyed) {
      item.inOldersPlace = DeliveryCheck.rank(queue, item, topic) != item;
      for (Item older : queue.versions(item.message.key())) {
        if (older != item) {
          forgetOlder(item); // the fate of a third version is open
          item.older = older;
          older.before = older.state;
          older.state = Item.State.CHOSEN;
        }
      }
    }
    item.before = item.state;
    item.state = Item.State.CHOSEN;
    item.chosenHere = true;
    item.mayBeEvicted = false;
    item.early = null;
    item.nack = null;
    item.earlyNack = null;
  }

  private static void forgetOlder(Item item) {
    Item oldest = item.older;
    if (oldest != null) {
      oldest.state = oldest.before;
      oldest.unsure = true;
    }
  }

  /** The writer has learned that the batch was pushed completely. */
  void pushed(String topic, Worker worker) {
    ExpectedQueue queue = ledger.queue(topic, worker.subscriber());
    ExpectedBatch with = queue.with(worker);
    List<Item> batch = with.takePushing();
    workers.pushed(worker);
    TopicSettings topicSettings = ledger.settings().get(topic);
    for (Item item : batch) {
      if (item.older != null) {
        item.afterOlder |= item.state == Item.State.CHOSEN;
        takePlace(item, item.older);
        Arrivals.replace(queue, item.older, item.queuedBy());
        item.older = null;
      }
      item.pushes++;
      item.spared = false;
      if (item.state == Item.State.CHOSEN) {
        item.state = Item.State.SENT;
        item.surelySent = true;
        item.sentTo = worker;
        item.unsure &= item.early != null || item.mayBeEvicted;
      }
      if (item.early != null) {
        queue.end(item, Item.State.ACKNOWLEDGED, ledger.nextCommit());
      }
    }
    long now = ledger.clock.elapsedNanos();
    with.pushed(batch, now);
    if (topicSettings == null) {
      with.dueIn(0, 0, now);
    } else {
      with.dueIn(topicSettings.ackRetryMillis(), topicSettings.limits().ackRetryMaxMillis(), now);
    }
    for (Item item : batch) {
      if (item.earlyNack != null && item.state == Item.State.SENT) {
        nacks.carryOut(queue, item, item.earlyNack);
      }
      item.earlyNack = null;
    }
    if (with.redeliverWhenPushed) {
      with.redeliver(now);
      with.redeliverWhenPushed = false;
    }
    with.noteFree(now);
  }

  private static void takePlace(Item item, Item older) {
    if (item.inOldersPlace) {
      item.log = older.log;
      item.place = older.place;
    }
    item.placeUnknown |= older.placeUnknown;
  }

  /** The writer has learned that the connection is gone; a batch that was being pushed failed. */
  void failed(Worker worker) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(worker.subscriber())) {
      failed(queue, queue.with(worker));
    }
  }

  void failed(ExpectedQueue queue, ExpectedBatch batch) {
    batch.redeliverWhenPushed &= batch.pushing == null;
    batch.takePushing().forEach(item -> returned(queue, item));
    batch.noteFree(ledger.clock.elapsedNanos());
  }

  void returned(ExpectedQueue queue, Item item) {
    Item older = item.older;
    item.older = null;
    item.earlyNack = null;
    if (older != null && older.isLive()) {
      older.state = older.before;
      older.placeUnknown |=
          !item.inOldersPlace; // taken in its own place, to which it returns (4.7)
      if (item.early != null && older.surelySent) {
        queue.end(older, Item.State.ACKNOWLEDGED, item.early);
      } else if (item.early != null) {
        older.unsure = true;
        older.placeUnknown = true;
        item.placeUnknown = true;
      }
    }
    if (item.state != Item.State.CHOSEN) {
      return;
    }
    item.state = item.before;
    item.unsure |= item.early != null && item.before == Item.State.WAITING;
    item.early = null;
    if (item.message.keyed && item.state == Item.State.QUEUED) {
      mergeWithNewer(queue, item);
    }
  }

  /** A version that arrived during the push replaces a message that was never sent. */
  private void mergeWithNewer(ExpectedQueue queue, Item item) {
    TopicSettings topic = ledger.settings().get(queue.topic);
    for (Item newer : queue.versions(item.message.key())) {
      if (newer.order > item.order && !newer.isRequeued()) {
        if (topic == null) {
          newer.placeUnknown = true;
        } else if (!item.inOldersPlace
            && topic.nearestPriority(newer.log) >= topic.nearestPriority(item.log)) {
          newer.log = item.log;
          newer.place = item.place;
        }
        newer.placeUnknown |= item.placeUnknown || item.message.onceExpired;
        Arrivals.replace(queue, item, newer.queuedBy());
      }
    }
  }
}
