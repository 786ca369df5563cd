package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch in the making.
 *
 * <p>Order: by priority; within one priority the messages that wait to be sent again come first, by
 * id, and then the log, by id. A message of priority p enters the outstanding ones only when none
 * of that priority waits to be sent again, so they stay few. Messages that were chosen and never
 * sent wait in one order with the log.
 *
 * <p>The batch is full when it has as many messages as it may have, when one does not fit, or when
 * the search for messages has used its turn. Messages behind that point are not read. A newer
 * version of a message that is out is passed and keeps its place ({@link PassedPlaces}); messages
 * behind it go on.
 */
final class BatchSelection {
  /**
   * The number of messages that one choice may read, so that passing many missing ones is divided
   * among turns.
   */
  private static final int LOOKS_MAX = 4096;

  /**
   * The number of bytes of keys in one batch, which MaxBatchBytes does not count: some thousand
   * keys of 4 KiB, and their acknowledgement, would take all memory.
   */
  private static final int KEY_BYTES_MAX = 1 << 20;

  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final Worker worker;
  private BatchOut batch = new BatchOut();
  private final QueueCounters counters;
  private final BatchLimits limits;
  private final long nowMillis;
  private final EntryFinder finder;
  private final List<Delivery> deliveries = new ArrayList<>();
  private final List<Outstanding> gone = new ArrayList<>();
  private final List<Outstanding> dropped = new ArrayList<>();
  private long payloadBytes;
  private int keyBytes;
  private int roomForNew;
  private int looks;
  private boolean full;
  private boolean tookItsTurn;

  /**
   * Whether a message waits for one that another worker has, and all messages behind it wait too.
   */
  private boolean heldUp;

  private boolean passedOver;

  BatchSelection(
      TopicContents topic,
      Cursors cursors,
      OutstandingMessages outstanding,
      Worker worker,
      QueueCounters counters,
      BatchLimits limits,
      long nowMillis) {
    this.topic = topic;
    this.cursors = cursors;
    this.outstanding = outstanding;
    this.worker = worker;
    this.counters = counters;
    this.limits = limits;
    this.nowMillis = nowMillis;
    this.finder = new EntryFinder(topic.store());
  }

  /**
   * Takes the messages of the batch, of the priorities below {@code end}; the outstanding messages
   * and the cursors change with it.
   */
  void fill(int end) {
    roomForNew = outstanding.roomForNew();
    batch = outstanding.out().begin(worker);
    cursors.noteMoved();
    try {
      for (int priority = 0; priority < end && !full; priority++) {
        takeWaiting(priority);
        if (!full) {
          takeNew(priority, Long.MAX_VALUE);
        }
      }
    } finally {
      // Only now, so that their places further on were still known as theirs; but also when the
      // rest could not be read, or they would be neither out nor waiting.
      gone.forEach(outstanding::end);
      dropped.addAll(gone);
    }
  }

  /** Whether there was no message at all, up to the ends of all logs. */
  boolean isInVain() {
    boolean nothing = deliveries.isEmpty() && gone.isEmpty() && !full && !heldUp && !passedOver;
    return nothing && !topic.barrier().holdsAny();
  }

  /** Whether there is no message, because the first one waits for one that another worker has. */
  boolean isHeldUp() {
    return deliveries.isEmpty() && heldUp;
  }

  /** Whether there is no message, because all other waiting ones are uncommitted. */
  boolean isHeldBack() {
    return deliveries.isEmpty() && !tookItsTurn && topic.barrier().holdsAny();
  }

  /** The messages to be sent, in order. */
  List<Delivery> deliveries() {
    return deliveries;
  }

  /** The messages that were found expired or gone, and are not in the queue any more. */
  List<Outstanding> dropped() {
    return dropped;
  }

  // ---- what waits to be sent again ------------------------------------------------------------

  private void takeWaiting(int priority) {
    for (Outstanding message : outstanding.waiting().in(priority)) {
      if (message.dies) {
        continue;
      }
      if (message.attempts == 0) {
        takeNew(priority, message.id);
      }
      if (full || (message.attempts == 0 && roomForNew == 0)) {
        return;
      }
      boolean kept = message.keyed ? takeAgainKeyed(message) : takeAgain(message);
      if (!kept || message.isOut()) {
        outstanding.waiting().remove(message);
      }
      if (!kept) {
        gone.add(message);
      }
    }
  }

  /** Takes a message that waits to be sent again, if there is room; false when it is gone. */
  private boolean takeAgain(Outstanding message) {
    if (!finder.find(message.priority, message.entryId, message.id)
        || isFoundExpired(finder.endMillis())) {
      return false;
    }
    if (hasRoom(message.key, finder.payload())) {
      message.endsAtMillis = finder.endMillis();
      message.publishedAtMillis = finder.entry().publishedAtMillis();
      take(message, topic.delivery(message, finder, message.attempt(0)));
    }
    return true;
  }

  /** Takes a keyed message that waits to be sent again, in its newest version. */
  private boolean takeAgainKeyed(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    if (kept == null || isFoundExpired(kept.endMillis())) {
      return false;
    }
    if (topic.barrier().holds(kept.version())) {
      waitForVersion(); // the order is kept, so later messages wait with it
    } else if (hasRoom(kept.key(), kept.payload())) {
      take(message, kept);
    }
    return true;
  }

  private boolean isFoundExpired(long endMillis) {
    boolean found = topic.isExpired(endMillis, nowMillis);
    counters.expired(found ? 1 : 0);
    return found;
  }

  // ---- what was never chosen ------------------------------------------------------------------

  /** Takes messages that were never chosen, as long as their ids are below {@code end}. */
  private void takeNew(int priority, long end) {
    while (!full && roomForNew > 0) {
      LogReader reader = cursors.readers().front(priority);
      long id = reader == null ? end : Math.min(end, reader.id());
      PassedPlaces.Passed passed = cursors.firstPassed(priority, id);
      if (passed == null && id == end) {
        return;
      }
      if (++looks > LOOKS_MAX) {
        tookItsTurn = true;
        full = true;
      } else if (!takeNext(passed, reader)) {
        return;
      }
    }
  }

  /** Takes the next message, or passes it; false when it must wait. */
  private boolean takeNext(PassedPlaces.@Nullable Passed passed, @Nullable LogReader reader) {
    if (passed != null) {
      return takePlace(passed.place(), passed.key(), null);
    }
    return reader != null && takeNext(reader);
  }

  /** Takes the message it stands on, or passes it; false when it must wait. */
  private boolean takeNext(LogReader reader) {
    if (cursors.passAbsence(reader)) {
      return true;
    }
    return reader.current().isPlace()
        ? takePlace(reader.place(), reader.current().key(), reader)
        : takeMessage(reader);
  }

  private boolean takeMessage(LogReader reader) {
    Bytes key = topic.brokerKey(reader.id());
    if (isFoundExpired(reader.endMillis())) {
      passExpired(reader.outstanding(key, false), 0, reader.payload().length());
      reader.pass();
      return true;
    }
    if (!isFree(outstanding.find(key))) {
      return false;
    }
    if (hasRoom(key, reader.payload())) {
      Outstanding message = reader.outstanding(key, false);
      outstanding.add(message);
      take(message, topic.delivery(reader, key));
      reader.pass();
    }
    return true;
  }

  /**
   * Takes the keyed message that waits at a place, or passes it; false when it must wait.
   *
   * @param reader the reader that stands on it; null when it was passed before
   */
  private boolean takePlace(Place place, Bytes key, @Nullable LogReader reader) {
    KeyedMessage kept = topic.find(key);
    Outstanding before = kept == null ? null : outstanding.find(kept.key());
    if (kept == null || !cursors.isPlaceOf(kept, place, before)) {
      cursors.passSkipped(place);
      return true;
    }
    if (reader != null && before != null && before.keyed && before.isOut()) {
      cursors.passOver(reader, kept.key().copy());
      passedOver = true;
      return true;
    }
    Outstanding older = before != null && before.keyed ? before : null;
    if (isFoundExpired(kept.endMillis())) {
      passExpired(take(place, kept, older), kept.version(), kept.payload().length());
      return true;
    }
    if (topic.barrier().holds(kept.version())) {
      waitForVersion(); // no message of a lower priority goes ahead of one that waits here
      return false;
    }
    if (older == null && !isFree(before)) {
      return false;
    }
    if (hasRoom(kept.key(), kept.payload())) {
      Outstanding message = take(place, kept, older);
      outstanding.add(message);
      take(message, kept);
    }
    return true;
  }

  /**
   * Passes a place, and ends the message of its key that was sent before; returns the message that
   * waited there, not taken in.
   */
  private Outstanding take(Place place, KeyedMessage kept, @Nullable Outstanding older) {
    if (older != null) {
      outstanding.end(older);
    }
    cursors.pass(place);
    return new Outstanding(place.priority(), place.id(), place.id(), kept.key().copy(), true);
  }

  /**
   * Whether the key is free to be sent. If it is in this batch already, the batch ends here; if
   * another message with it waits in a lower priority, that one must come first.
   */
  private boolean isFree(@Nullable Outstanding before) {
    endNack(before);
    heldUp |= before != null && before.isOut() && !batch.isIn(before);
    full |= before != null && before.isOut();
    return before == null;
  }

  /** Nothing waits for a nacked message: another one with its key has it sent again at once. */
  private void endNack(@Nullable Outstanding before) {
    if (before != null && before.isNacked()) {
      outstanding.endNack(before);
    }
  }

  private void passExpired(Outstanding message, long version, int payloadBytes) {
    message.version = version;
    message.payloadBytes = payloadBytes;
    dropped.add(message);
    cursors.noteChanged();
  }

  // ---- the batch ------------------------------------------------------------------------------

  private boolean hasRoom(Bytes key, Bytes payload) {
    boolean room =
        deliveries.isEmpty()
            || (payloadBytes + payload.length() <= limits.payloadBytesMax()
                && keyBytes + key.length() <= KEY_BYTES_MAX);
    full |= !room;
    return room;
  }

  /** The next version is not committed: the batch ends here. */
  private void waitForVersion() {
    full = true;
    if (deliveries.isEmpty()) {
      topic.barrier().versionWaits();
    }
  }

  private void take(Outstanding message, KeyedMessage kept) {
    message.chosenVersion = kept.version();
    message.endsAtMillis = kept.endMillis();
    message.publishedAtMillis = kept.publishedAtMillis();
    take(message, topic.delivery(kept, message.attempt(kept.version())));
  }

  private void take(Outstanding message, Delivery delivery) {
    roomForNew -= message.attempts == 0 ? 1 : 0;
    outstanding.out().choose(batch, message, delivery);
    payloadBytes += delivery.payload().length();
    keyBytes += delivery.key().length();
    deliveries.add(delivery);
    full |= deliveries.size() == limits.messagesMax();
  }
}
