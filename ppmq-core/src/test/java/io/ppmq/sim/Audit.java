package io.ppmq.sim;

import io.ppmq.topic.PeekedMessage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Checks that the broker has everything that it must have, and that nothing is late. */
final class Audit {
  private static final long LATE_NANOS = 100_000_000L;

  private final Ledger ledger;
  private final ExpectedWorkers workers;

  Audit(Ledger ledger, ExpectedWorkers workers) {
    this.ledger = ledger;
    this.workers = workers;
  }

  /** Compares a queue with the messages that the broker would send from it. */
  void look(String topic, String subscriber, List<PeekedMessage> peeked) {
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    ledger.noteDropped();
    Set<Integer> shown = new LinkedHashSet<>();
    peeked.stream()
        .filter(message -> !message.replaced())
        .forEach(message -> shown.add(number(topic, message)));
    for (Item item : queue.live()) {
      if (ledger.isOwed(item) && !shown.contains(item.message.number)) {
        throw lost(queue, item, "is missing from the queue");
      }
    }
    for (int number : shown) {
      Item item = queue.find(number);
      if (item != null && item.state == Item.State.ACKNOWLEDGED && !item.unsure) {
        throw new Violation(Invariant.NO_ACKED_AGAIN, item + " is still in the queue of " + queue);
      }
      if (item != null && item.state == Item.State.EVICTED) {
        throw new Violation(Invariant.BOUND_KEPT, item + " is still in the queue of " + queue);
      }
      if (item != null && item.state == Item.State.DEAD) {
        throw new Violation(Invariant.DEAD_LETTERS, item + " is still in the queue of " + queue);
      }
      if (item != null && item.state == Item.State.PURGED && !item.unsure) {
        throw new Violation(
            Invariant.NOTHING_PURGED_AGAIN, item + " is still in the queue of " + queue);
      }
    }
  }

  private int number(String topic, PeekedMessage message) {
    return ledger.numberOf(topic, message.delivery().key(), message.delivery().payload());
  }

  private static Violation lost(ExpectedQueue queue, Item item, String how) {
    String confirmed = item.message.submitted.isConfirmed() ? "confirmed " : "kept ";
    return new Violation(
        Invariant.NO_CONFIRMED_LOSS, confirmed + item + " of " + queue + " " + how);
  }

  /** Whether no message is still to be delivered to a subscriber that can get it. */
  boolean isDone() {
    ledger.noteDropped();
    for (ExpectedQueue queue : ledger.allQueues()) {
      if (queue.attached && queue.live().stream().anyMatch(ledger::isOwed)) {
        return false;
      }
    }
    return true;
  }

  /** Everything had enough time: no message may still be to be delivered. */
  void checkDone() {
    ledger.noteDropped();
    for (ExpectedQueue queue : ledger.allQueues()) {
      for (Item item : queue.live()) {
        if (queue.attached && ledger.isOwed(item)) {
          throw lost(queue, item, "was not delivered, although no fault is active");
        }
      }
    }
  }

  /** Nothing is overdue for a worker that is free or would be. */
  void checkDeadlines() {
    ledger.noteDropped();
    for (ExpectedQueue queue : ledger.allQueues()) {
      if (queue.attached
          && !ledger.pauses.cover(queue.topic, queue.subscriber)
          && queue.batches().stream().flatMap(this::overdue).findAny().isPresent()
          && !queue.isHeldUp(ledger.clock.elapsedNanos())
          && workers.staying(queue).stream().map(queue::with).anyMatch(this::couldTake)) {
        throw new Violation(
            Invariant.REDELIVERED_IN_TIME,
            "messages of "
                + queue
                + " are more than "
                + LATE_NANOS / 1_000_000
                + " ms overdue for redelivery: "
                + queue.batches().stream().flatMap(this::overdue).toList());
      }
    }
  }

  private boolean couldTake(ExpectedBatch batch) {
    long now = ledger.clock.elapsedNanos();
    return batch.isFree()
        || (!batch.mayHoldMore()
            && batch.out.stream()
                .allMatch(item -> !batch.isOut(item) || batch.isOverdue(item, now, LATE_NANOS)));
  }

  private Stream<Item> overdue(ExpectedBatch batch) {
    long now = ledger.clock.elapsedNanos();
    return batch.out.stream()
        .filter(item -> batch.isOverdue(item, now, LATE_NANOS) && ledger.isOwed(item));
  }

  /** The number of messages that wait for a subscriber. */
  int backlog() {
    int backlog = 0;
    for (ExpectedQueue queue : ledger.allQueues()) {
      backlog = Math.max(backlog, queue.live().size());
    }
    return backlog;
  }

  /** Whether every message ever published to a topic is finished. */
  boolean isEmpty(String topic) {
    return ledger.queuesOf(topic).stream().allMatch(queue -> queue.live().isEmpty());
  }
}
