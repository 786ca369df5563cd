package io.ppmq.sim;

import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages that an administrator requeues. */
final class Requeues {
  private final Ledger ledger;
  private final Bounds bounds;

  Requeues(Ledger ledger, Bounds bounds) {
    this.ledger = ledger;
    this.bounds = bounds;
  }

  /** The letters in a topic. */
  List<Published> letters(String grave) {
    List<Published> letters = new ArrayList<>();
    for (ExpectedQueue queue : ledger.queuesOf(grave)) {
      for (Item item : queue.live()) {
        if (Letter.isOne(item.message.message.payload()) && !letters.contains(item.message)) {
          letters.add(item.message);
        }
      }
    }
    return letters;
  }

  /**
   * Whether the model follows the message. It does not if the message is a letter itself, or had a
   * key that no longer counts.
   */
  boolean isFollowed(Published kept) {
    Letter letter = Letter.of(kept.message.payload());
    TopicSettings topic = ledger.settings().get(letter.topic());
    Item dead = dead(letter);
    return topic != null && dead != null && (!dead.message.keyed || topic.dedupe());
  }

  private @Nullable Item dead(Letter letter) {
    ExpectedQueue queue = ledger.queue(letter.topic(), letter.subscriber());
    return queue == null || Letter.isOne(letter.payload())
        ? null
        : queue.find(Published.number(letter.payload()));
  }

  /**
   * The writer has removed the letter, and queued its message for the subscriber for which it died.
   */
  void requeued(String grave, Published kept) {
    ledger.noteDropped();
    Submitted by = ledger.nextCommit();
    takeOut(grave, kept, by);
    Letter letter = Letter.of(kept.message.payload());
    TopicSettings topic = ledger.settings().get(letter.topic());
    ExpectedQueue queue = ledger.queue(letter.topic(), letter.subscriber());
    Item dead = dead(letter);
    if (topic == null || dead == null || !queue.attached) {
      throw new Violation(
          Invariant.DEAD_LETTERS, kept + " is requeued, but has no subscriber that could get it");
    }
    bounds.admitAgain(topic, dead.message);
    dead.message.onceExpired |= topic.maxAgeMillis() > 0; // its age starts again, for it only
    int priority = topic.nearestPriority(letter.priority());
    Item item = new Item(dead, priority, ledger.nextOrder(), by);
    if (item.message.keyed) {
      beside(queue, item);
    }
    queue.add(item);
  }

  /** The writer has dropped the letter. */
  void dropped(String grave, Published kept) {
    ledger.noteDropped();
    takeOut(grave, kept, ledger.nextCommit());
  }

  private void takeOut(String grave, Published kept, Submitted by) {
    for (ExpectedQueue queue : ledger.queuesOf(grave)) {
      Item letter = queue.find(kept.number);
      if (letter != null) {
        queue.end(letter, Item.State.PURGED, by);
        if (letter.with != null) {
          letter.with.noteFree(ledger.clock.elapsedNanos());
        }
      }
    }
  }

  /** Of the other versions of its key, one may be replaced or keep its place. */
  private static void beside(ExpectedQueue queue, Item item) {
    for (Item other : queue.versions(item.message.key())) {
      other.unsure = true;
      other.placeUnknown = true;
      item.placeUnknown = true;
    }
  }
}
