package io.ppmq.sim;

import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages that were sent as often as allowed. With a topic for dead letters, the store reports
 * each letter; without one it is not known when a message is dropped.
 */
final class Deaths {
  private record Sudden(Item item, ExpectedBatch with, int redeliveries) {}

  private final Ledger ledger;
  private final Bounds bounds;
  private final List<Sudden> sudden = new ArrayList<>();
  private final List<Item> doomed = new ArrayList<>();

  Deaths(Ledger ledger, Bounds bounds) {
    this.ledger = ledger;
    this.bounds = bounds;
  }

  /** The writer has written a dead letter: the message is no longer in its queue. */
  void written(String grave, KeyedMessage kept) {
    Letter letter = Letter.of(kept.payload());
    TopicSettings topic = ledger.settings().get(letter.topic());
    ExpectedQueue queue = ledger.queue(letter.topic(), letter.subscriber());
    int number = ledger.numberOf(letter.topic(), letter.key(), letter.payload());
    Item item = queue == null ? null : queue.find(number);
    if (topic == null || item == null || !grave.equals(topic.limits().deadLetter())) {
      throw wrong(letter, item, "must not become a dead letter in " + grave);
    }
    checkDue(letter, item, topic.limits().deliveriesMax());
    Submitted by = ledger.nextCommit();
    queue.end(item, Item.State.DEAD, by);
    bury(grave, kept, by);
  }

  private void checkDue(Letter letter, Item item, int max) {
    if (item.unsure && item.nack != null && !item.nack.sure) {
      return; // perhaps this nack kills it
    }
    if (item.doom != null) {
      String reason = item.doom.reason;
      if (reason != null && !reason.equals(letter.reason())) {
        throw wrong(letter, item, "died for another reason than " + reason);
      }
      return;
    }
    int pushes = item.pushes + (item.state == Item.State.CHOSEN ? 1 : 0);
    if (!item.isLive() && !item.unsure) {
      throw wrong(letter, item, "died, although it was not in the queue");
    }
    if (max == 0 || letter.attempts() < max || letter.attempts() > pushes) {
      throw wrong(letter, item, "died after " + pushes + " of " + max + " pushes");
    }
    if (item.state == Item.State.WAITING && item.spared && !item.unsure) {
      throw wrong(letter, item, "died because of a restart");
    }
    ExpectedBatch with = item.with;
    if (item.state != Item.State.WAITING
        && !item.unsure
        && with != null
        && !with.isTimeUp(item, ledger.clock.elapsedNanos())) {
      sudden.add(new Sudden(item, with, with.redeliveries));
    }
  }

  private static Violation wrong(Letter letter, @Nullable Item item, String how) {
    return new Violation(Invariant.DEAD_LETTERS, item + " of " + letter + " " + how);
  }

  private void bury(String grave, KeyedMessage kept, Submitted by) {
    Message message = new Message(kept.key(), kept.payload(), null, kept.priority());
    Published letter = new Published(ledger.nextNumber(), grave, message, by);
    letter.ages(ledger.settings().get(grave), ledger.clock.wallMillis());
    bounds.bury(ledger.settings().get(grave), letter);
    ledger.handedIn(letter);
    ledger.noteLetter(grave, kept.key(), letter.number);
    letter.queued = true;
    letter.keyed = true;
    letter.order = ledger.nextOrder();
    letter.priority = kept.priority();
    ledger.versionsOf(letter).add(letter);
    boolean anybody = false;
    for (ExpectedQueue queue : ledger.queuesOf(grave)) {
      if (queue.attached) {
        anybody = true;
        queue.add(new Item(letter, letter.priority, letter.order));
      }
    }
    if (!anybody) {
      ledger.deadLetters(grave).add(new Item(letter, letter.priority, letter.order));
    }
  }

  // ---- what a nack kills ----------------------------------------------------------------------

  /** The nack of a message that is not sent again: it is buried or dropped in the same commit. */
  void nacked(ExpectedQueue queue, Item item, TopicSettings topic) {
    if (topic.limits().deadLetter() == null) {
      queue.end(item, Item.State.DEAD, ledger.nextCommit());
      bounds.dies(topic, item.message);
    } else {
      doomed.add(item);
    }
  }

  /** At rest, every message that a nack was to kill is dead. */
  void checkDoomed() {
    for (Item item : doomed) {
      boolean lives = item.doom != null && item.state == Item.State.WAITING && !item.unsure;
      if (lives && !ledger.isGone(item.message, ledger.settings().get(item.message.topic))) {
        throw new Violation(
            Invariant.DEAD_LETTERS, item + " was nacked with never, but did not die");
      }
    }
    doomed.clear();
  }

  /** Not everything works now. */
  void troubled() {
    doomed.clear();
  }

  // ---- after a turn ---------------------------------------------------------------------------

  /** A message that died in flight was to be sent again. */
  void check() {
    bounds.turnIsOver();
    for (Sudden death : sudden) {
      if (death.with.redeliveries == death.redeliveries) {
        throw new Violation(Invariant.DEAD_LETTERS, death.item + " died while it was in flight");
      }
    }
    sudden.clear();
  }

  // ---- where it is open whether it dies ---------------------------------------------------------

  /** The limits may differ: a waiting message is not checked again before it is sent once more. */
  void spare(ExpectedQueue queue, TopicSettings before) {
    TopicSettings now = ledger.settings().get(queue.topic);
    if (now != null && now.limits().deliveriesMax() != before.limits().deliveriesMax()) {
      for (Item item : queue.live()) {
        item.spared |= item.pushes > 0 && item.state != Item.State.SENT;
      }
    }
  }

  /** A subscriber was removed: a message that was sent to it may die when it returns. */
  void mayDie(ExpectedQueue queue, TopicSettings before) {
    for (Item item : queue.live()) {
      item.unsure |= item.pushes > 0 && before.limits().deliveriesMax() > 0;
    }
  }
}
