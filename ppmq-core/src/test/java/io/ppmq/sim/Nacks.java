package io.ppmq.sim;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages that subscribers could not process: when they are sent again, and which of them die. */
final class Nacks {
  private static final long FIRST_MILLIS = 1_000;
  private static final long MILLIS_MAX = 300_000;

  private final Ledger ledger;
  private final DeliveryCheck deliveries;
  private final Deaths deaths;

  Nacks(Ledger ledger, DeliveryCheck deliveries, Deaths deaths) {
    this.ledger = ledger;
    this.deliveries = deliveries;
    this.deaths = deaths;
  }

  /** A nack that is applied now. */
  ExpectedNack now(long retryAfterMillis, @Nullable String reason, Submitted by) {
    by.applied(ledger.disk.nextAttempt());
    SimClock clock = ledger.clock;
    return new ExpectedNack(retryAfterMillis, reason, by, clock.elapsedNanos(), clock.wallMillis());
  }

  /**
   * The writer has applied a nack.
   *
   * @param by the worker that sent it over its own connection; null for another
   */
  void nacked(String topic, String subscriber, Bytes key, @Nullable Worker by, ExpectedNack nack) {
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    if (queue == null) {
      return;
    }
    ledger.noteDropped();
    Integer number = deliveries.numberOf(topic, key);
    Item plain = number == null ? null : queue.find(number);
    if (plain != null && !plain.message.keyed) {
      if (plain.noteNamed(key)) {
        nacked(queue, plain, by, nack);
      }
      return;
    }
    List<Item> versions = queue.versions(key);
    for (Item item : versions) {
      if (versions.stream().noneMatch(newer -> newer.older == item)) {
        nacked(queue, item, by, nack);
      }
    }
  }

  /**
   * By 3.4 it applies to messages in flight, and over a subscribed connection to those of that
   * connection.
   */
  private void nacked(ExpectedQueue queue, Item item, @Nullable Worker by, ExpectedNack nack) {
    long now = ledger.clock.elapsedNanos();
    boolean justBack = item.state == Item.State.WAITING && item.redeliveredNanos == now;
    boolean out = item.state == Item.State.SENT || item.state == Item.State.CHOSEN || justBack;
    if (!out || item.with == null || (by != null && item.with.worker != by)) {
      return;
    }
    if (item.state == Item.State.CHOSEN) {
      item.earlyNack = item.early == null ? nack : null;
      return;
    }
    if (item.isTimeUp(now) || item.unsure || justBack) { // a place may close when its batch ends
      queue.timeUp(now);
      mayBeNacked(queue, item, nack);
    } else {
      carryOut(queue, item, nack);
    }
  }

  /** It was nacked, or timed out or ended just before. */
  private void mayBeNacked(ExpectedQueue queue, Item item, ExpectedNack nack) {
    TopicSettings topic = ledger.settings().get(queue.topic);
    item.state = Item.State.WAITING;
    item.placeUnknown = true;
    item.unsure |= topic == null || kills(nack, item, topic) || isReplaced(item);
    ExpectedNack copy = copy(nack, item);
    copy.sure = false;
    note(item, copy);
    noteFree(item);
  }

  /** Nothing new is sent while the nacked messages reach their bound. */
  void checkRoom(ExpectedQueue queue, List<Item> chosen, int nackedMax) {
    long now = ledger.clock.elapsedNanos();
    boolean anyNew = chosen.stream().anyMatch(i -> isNew(queue, i));
    if (anyNew && queue.live().stream().filter(i -> surelyWaits(i, now)).count() >= nackedMax) {
      throw new Violation(
          Invariant.NACKS_BOUNDED,
          queue + " gets " + chosen + ", although " + nackedMax + " nacked messages wait");
    }
  }

  /** The newest version takes the place of a version that was sent before, or may have. */
  private static boolean isNew(ExpectedQueue queue, Item item) {
    boolean keyed = item.message.keyed;
    boolean alone =
        !keyed || (queue.versions(item.message.key()).size() == 1 && !item.placeUnknown);
    return alone && item.state == Item.State.QUEUED && !item.unsure;
  }

  private boolean surelyWaits(Item item, long nowNanos) {
    return item.state == Item.State.WAITING
        && item.nack != null
        && item.nack.forbids(nowNanos)
        && ledger.isOwed(item);
  }

  /** A sent message is no longer in flight, and waits or dies. */
  void carryOut(ExpectedQueue queue, Item item, ExpectedNack nack) {
    TopicSettings topic = ledger.settings().get(queue.topic);
    if (topic == null || item.mayBeEvicted || item.isRequeued()) {
      mayBeNacked(queue, item, nack);
    } else if (isReplaced(item)) {
      queue.end(item, Item.State.REPLACED, ledger.nextCommit());
    } else if (kills(nack, item, topic)) {
      item.state = Item.State.WAITING;
      item.doom = nack;
      deaths.nacked(queue, item, topic);
    } else {
      item.state = Item.State.WAITING;
      note(item, copy(nack, item));
    }
    noteFree(item);
  }

  private static void note(Item item, ExpectedNack nack) {
    nack.before = item.lastNack;
    item.nack = nack;
    item.lastNack = nack.copy();
  }

  private void noteFree(Item item) {
    if (item.with != null) {
      item.with.noteFree(ledger.clock.elapsedNanos());
    }
  }

  /** A newer version ends it: only the newer one is sent again. */
  private boolean isReplaced(Item item) {
    return item.message.keyed && ledger.newest(item.message) != item.message;
  }

  private static boolean kills(ExpectedNack nack, Item item, TopicSettings topic) {
    int max = topic.limits().deliveriesMax();
    return nack.retryAfterMillis == Command.Nack.NEVER || (max > 0 && item.attempt >= max);
  }

  private ExpectedNack copy(ExpectedNack nack, Item item) {
    ExpectedNack copy = nack.copy();
    copy.by = ledger.nextCommit(); // if it was pushed completely only now, this keeps it
    boolean asked = nack.retryAfterMillis >= 0;
    copy.waits(
        asked ? nack.retryAfterMillis : pauseMillis(item.attempt), ledger.clock.elapsedNanos());
    return copy;
  }

  /** 1 s, doubled with each delivery. */
  private static long pauseMillis(int attempts) {
    return Math.min(MILLIS_MAX, FIRST_MILLIS << Math.max(0, Math.min(attempts - 1, 20)));
  }

  // ---- from one broker to the next ------------------------------------------------------------

  /** The broker is stopped: messages that have come due wait no longer. */
  void stopped() {
    long now = ledger.clock.elapsedNanos();
    for (ExpectedQueue queue : ledger.allQueues()) {
      boolean seen = queue.nacksRead && !queue.nacksUnseen;
      for (Item item : seen ? queue.live() : List.<Item>of()) {
        if (item.nack != null && !item.nack.mayHold(now)) {
          item.nack = null;
        } else if (item.nack != null) {
          item.nack.sure &= item.nack.forbids(now);
        }
      }
      queue.nacksRead = false;
      queue.nacksUnseen = false;
    }
  }

  /** The subscriber is removed; messages that come due before its return wait for that. */
  static void detached(ExpectedQueue queue) {
    queue.nacksUnseen = queue.nacksRead;
    for (Item item : queue.live()) {
      if (item.nack != null) {
        item.nack.sure = false;
      }
    }
  }

  /** The broker died, and may have forgotten uncommitted nacks. */
  void died(ExpectedQueue queue, Item item, long kept, boolean powerLost) {
    item.earlyNack = null;
    item.doom = null;
    if (item.lastNack != null) {
      item.lastNack.died(kept, powerLost);
    }
    if (item.nack != null && queue.nacksRead) {
      boolean forbids = item.nack.forbids(ledger.clock.elapsedNanos());
      boolean isKept = item.nack.died(kept, powerLost);
      item.nack.sure &= forbids && isKept;
      item.nack.before = isKept ? null : item.nack.before;
    } else if (item.nack == null && item.lastNack != null) {
      item.nack = item.lastNack.copy(); // later ones may be lost
      item.nack.sure = false;
    }
  }

  /**
   * The present broker reads the kept nacks of its subscribers, and finds those that have come due
   * of subscribers that returned.
   */
  void resumed() {
    long now = ledger.clock.elapsedNanos();
    for (ExpectedQueue queue : ledger.allQueues()) {
      boolean read = queue.attached && !queue.nacksRead;
      boolean seen = queue.attached && queue.nacksUnseen;
      for (Item item : read || seen ? queue.live() : List.<Item>of()) {
        if (item.nack != null && read) {
          item.nack.resumed(now, ledger.clock.wallMillis());
        } else if (item.nack != null) {
          item.nack.seen(now);
        }
      }
      queue.nacksRead |= read;
      queue.nacksUnseen &= !seen;
    }
  }
}
