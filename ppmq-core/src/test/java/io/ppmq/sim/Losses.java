package io.ppmq.sim;

import java.util.List;

/** The part of a broker's knowledge that survives its end. */
final class Losses {
  private final Ledger ledger;
  private final Pushes pushes;
  private final Delays delays;
  private final Nacks nacks;

  Losses(Ledger ledger, Pushes pushes, Delays delays, Nacks nacks) {
    this.ledger = ledger;
    this.pushes = pushes;
    this.delays = delays;
    this.nacks = nacks;
  }

  /** The broker stopped in the normal way, and everything it knew is kept. */
  void stopped() {
    nacks.stopped();
    ledger.allQueues().forEach(this::connectionsGone);
  }

  /** The broker died. The disk knows which changes are kept; state in memory is lost. */
  void died(boolean powerLost) {
    long kept = ledger.disk.kept();
    ledger.pauses.died(kept, powerLost);
    for (ExpectedQueue queue : ledger.allQueues()) {
      connectionsGone(queue);
      for (Item item : List.copyOf(queue.all())) {
        recover(queue, item, kept, powerLost);
      }
      for (Item item : List.copyOf(queue.live())) {
        forgetWhatMayBeForgotten(queue, item, kept, powerLost);
      }
      queue.placesUnknown();
      queue.nacksRead = false;
      queue.nacksUnseen = false;
    }
    delays.died(kept, powerLost);
    ledger.forgetVersions(kept, powerLost);
  }

  void connectionsGone(ExpectedQueue queue) {
    ledger.noteDropped();
    queue.live().forEach(item -> item.spared |= item.pushes > 0);
    queue.batches().forEach(batch -> connectionGone(queue, batch));
    for (Item item : queue.live()) {
      item.chosenHere = false;
      item.sentTo = null;
      item.afterOlder = false;
    }
  }

  private void connectionGone(ExpectedQueue queue, ExpectedBatch batch) {
    for (Item item : batch.takePushing()) {
      List<Item> all = item.message.keyed ? queue.versions(item.message.key()) : List.of();
      boolean early = item.early != null;
      item.early = null;
      if (all.size() > 1) {
        // The next broker merges them, by its own priorities.
        all.forEach(version -> version.placeUnknown = true);
      }
      if (early) {
        item.unsure |= item.before == Item.State.WAITING;
        all.forEach(version -> version.placeUnknown = true);
        all.forEach(version -> version.unsure |= version != item && version == item.older);
      }
      pushes.returned(queue, item);
    }
    batch.redeliver(ledger.clock.elapsedNanos());
    queue.forget(batch.worker);
  }

  /** A worker is gone, and the broker continues: its messages in flight are to be sent again. */
  void workerGone(Worker worker) {
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(worker.subscriber())) {
      ExpectedBatch batch = queue.with(worker);
      pushes.failed(queue, batch);
      batch.redeliver(ledger.clock.elapsedNanos());
      queue.forget(worker);
    }
  }

  private static void recover(ExpectedQueue queue, Item item, long kept, boolean powerLost) {
    Submitted requeued = item.requeuedBy;
    if (requeued != null && !requeued.survives(kept, powerLost)) {
      recover(queue, queue.dieAgain(item), kept, powerLost);
    } else if (!item.message.submitted.survives(kept, powerLost)) {
      item.message.queued = false;
      queue.remove(item);
    } else if (!item.isLive() && item.endedBy != null && !item.endedBy.survives(kept, powerLost)) {
      queue.revive(item);
    }
  }

  private void forgetWhatMayBeForgotten(
      ExpectedQueue queue, Item item, long kept, boolean powerLost) {
    boolean evicted = item.evictedBy != null && item.evictedBy.survives(kept, powerLost);
    item.evictedBy = evicted ? item.evictedBy : null;
    item.spared |= item.pushes > 0;
    item.surelySent = false;
    item.pushesKnown = false;
    nacks.died(queue, item, kept, powerLost);
    if (item.message.keyed) {
      List<Item> all = queue.versions(item.message.key());
      item.placeUnknown |= all.size() > 1 || item.state == Item.State.WAITING;
      Item newest = all.get(all.size() - 1);
      if (item.state == Item.State.QUEUED && newest != item) {
        if (newest.unsure || newest.message.onceExpired) {
          item.unsure = true; // it may be the newest existing one
        } else {
          Arrivals.replace(queue, item, newest.queuedBy());
        }
      }
    }
  }
}
