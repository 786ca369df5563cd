package io.ppmq.sim;

import io.ppmq.topic.Batch;
import io.ppmq.topic.TopicSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks that a batch goes to the right worker, and that no worker waits that could get one. */
final class WorkerCheck {
  /** Events this close together may have happened in the other order. */
  private static final long CLOSE_NANOS = 100_000_000L;

  /** After an outage the broker checks again within a second. */
  private static final long UNSERVED_NANOS_MAX = 1_500_000_000L;

  private final Ledger ledger;
  private final ExpectedWorkers workers;
  private final DeliveryCheck deliveries;
  private final Map<ExpectedBatch, Long> unserved = new HashMap<>();

  WorkerCheck(Ledger ledger, ExpectedWorkers workers, DeliveryCheck deliveries) {
    this.ledger = ledger;
    this.workers = workers;
    this.deliveries = deliveries;
  }

  // ---- a batch --------------------------------------------------------------------------------

  /** This batch is about to be pushed to this worker. */
  void check(
      Batch batch, List<Item> items, ExpectedQueue queue, TopicSettings topic, Worker worker) {
    if (!worker.takes(batch.topic()) || items.size() > worker.messagesMax()) {
      throw new Violation(
          Invariant.FAITHFUL, batch + " has a topic or a size that " + worker + " does not accept");
    }
    checkNoneOut(queue.with(worker), queue, topic);
    items.forEach(item -> checkApart(item, queue, topic, worker));
    checkTurn(queue, topic, worker);
    unserved.remove(queue.with(worker));
    workers.pushing(worker);
  }

  /** The writer has learned that the batch was pushed completely. */
  void pushed(Worker worker) {
    workers.pushed(worker);
  }

  private void checkNoneOut(ExpectedBatch batch, ExpectedQueue queue, TopicSettings topic) {
    if (!workers.idle(queue).contains(batch.worker)) {
      throw new Violation(
          Invariant.ONE_BATCH_OUT,
          batch.worker + " gets a batch while another one is being pushed to it");
    }
    for (Item item : batch.out) {
      if (batch.isOut(item) && isSure(item, topic)) {
        throw new Violation(
            Invariant.ONE_BATCH_OUT,
            batch.worker + " gets another batch of " + queue + " while " + item + " is in flight");
      }
    }
  }

  private boolean isSure(Item item, TopicSettings topic) {
    return !item.unsure && !ledger.isGone(item.message, topic);
  }

  /**
   * Checks that neither the message nor another version of its key is in flight with another
   * worker.
   */
  private void checkApart(Item item, ExpectedQueue queue, TopicSettings topic, Worker worker) {
    checkNotWithAnother(item, item, topic, worker);
    if (item.message.keyed) {
      List<Item> versions = queue.versions(item.message.key());
      for (Item version : versions) {
        if (versions.stream().noneMatch(newer -> newer.older == version)) {
          checkNotWithAnother(version, item, topic, worker);
        }
      }
    }
  }

  private void checkNotWithAnother(Item out, Item sent, TopicSettings topic, Worker worker) {
    boolean isOut = out.state == Item.State.SENT || out.state == Item.State.CHOSEN;
    if (isOut && isSure(out, topic) && out.with != null && out.with.worker != worker) {
      throw new Violation(
          Invariant.ONE_WORKER,
          sent + " goes to " + worker + " while " + out + " is in flight with " + out.with.worker);
    }
  }

  /** Checks that no free worker has waited longer. */
  private void checkTurn(ExpectedQueue queue, TopicSettings topic, Worker worker) {
    ExpectedBatch its = queue.with(worker);
    if (!its.isFreeSinceThen() || !its.out.stream().allMatch(item -> endedBefore(item, topic))) {
      return;
    }
    for (Worker other : workers.free(queue)) {
      if (its.freeNanos() - workers.freeSinceNanos(queue, other) > CLOSE_NANOS) {
        throw new Violation(
            Invariant.LONGEST_FREE,
            "%s, free for %d ms, gets a batch of %s, but %s has been free for %d ms"
                .formatted(
                    worker,
                    millisSince(its.freeNanos()),
                    queue,
                    other,
                    millisSince(workers.freeSinceNanos(queue, other))));
      }
    }
  }

  private long millisSince(long nanos) {
    return (ledger.clock.elapsedNanos() - nanos) / 1_000_000;
  }

  /** Whether it was seen when a message left flight. */
  private boolean endedBefore(Item item, TopicSettings topic) {
    return isSure(item, topic) && (item.isLive() || item.state == Item.State.ACKNOWLEDGED);
  }

  // ---- connecting -----------------------------------------------------------------------------

  /** The broker connects to a subscriber's socket: a message waits for which no worker is free. */
  void checkOpening(Worker place) {
    String needless = null;
    for (ExpectedQueue queue : ledger.queuesOfSubscriber(place.subscriber())) {
      long now = ledger.clock.elapsedNanos();
      boolean anyWaits = queue.live().stream().anyMatch(item -> mayWait(item, now));
      if (queue.attached && anyWaits) {
        List<Worker> free = workers.free(queue);
        free.removeIf(worker -> workers.freeSinceNanos(queue, worker) == now); // may be seen later
        if (free.isEmpty()) {
          return;
        }
        needless = queue + " has these free workers: " + free;
      }
    }
    if (needless != null) {
      throw new Violation(
          Invariant.SOCKET_LAST, "the broker connects to " + place + ", although " + needless);
    }
  }

  /** The broker need not know that a newer version, which it pushes, has no other place. */
  private static boolean mayWait(Item item, long nowNanos) {
    return item.waits() || item.unsure || item.isTimeUp(nowNanos) || item.older != null;
  }

  // ---- at rest --------------------------------------------------------------------------------

  /**
   * The broker has nothing to do, and everything works: no worker waits for an available message.
   */
  void checkServed() {
    long now = ledger.clock.elapsedNanos();
    ledger.noteDropped();
    for (ExpectedQueue queue : ledger.allQueues()) {
      TopicSettings topic = ledger.settings().get(queue.topic);
      queue.batches().forEach(batch -> batch.noteFree(now));
      List<Worker> free = topic == null || !queue.attached ? List.of() : workers.free(queue);
      if (topic == null || free.isEmpty()) {
        continue;
      }
      boolean waits =
          !ledger.pauses.cover(queue.topic, queue.subscriber)
              && !queue.isHeldUp(now)
              && queue.live().stream()
                  .anyMatch(i -> deliveries.isDeliverable(i, queue, topic, List.of()));
      for (Worker worker : free) {
        noteServed(queue, queue.with(worker), waits, now);
      }
    }
  }

  private void noteServed(ExpectedQueue queue, ExpectedBatch batch, boolean waits, long now) {
    if (!waits) {
      unserved.remove(batch);
    } else if (now - unserved.computeIfAbsent(batch, b -> now) > UNSERVED_NANOS_MAX) {
      throw new Violation(
          Invariant.SERVED, batch.worker + " is free, but gets nothing of " + queue);
    }
  }

  /** Some faults are active. */
  void troubled() {
    unserved.clear();
  }
}
