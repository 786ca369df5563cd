package io.ppmq.sim;

import io.ppmq.message.Bytes;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Messages for which a subscriber requests more time (section 3.4 of the specification). */
final class Extensions {
  private final Ledger ledger;
  private final DeliveryCheck deliveries;

  Extensions(Ledger ledger, DeliveryCheck deliveries) {
    this.ledger = ledger;
    this.deliveries = deliveries;
  }

  /**
   * The writer has restarted the time of the messages in flight with these keys.
   *
   * @param by the worker that asked over its own connection; null for another
   * @param gone the keys that the broker reports as not in flight
   */
  void extended(
      String topic, String subscriber, List<Bytes> keys, @Nullable Worker by, Set<Bytes> gone) {
    ExpectedQueue queue = ledger.queue(topic, subscriber);
    if (queue != null) {
      ledger.noteDropped();
      keys.forEach(key -> extended(queue, key, by, gone.contains(key)));
    }
  }

  private void extended(ExpectedQueue queue, Bytes key, @Nullable Worker by, boolean isGone) {
    Integer number = deliveries.numberOf(queue.topic, key);
    Item plain = number == null ? null : queue.find(number);
    if (plain != null && !plain.message.keyed) {
      if (plain.noteNamed(key)) {
        extended(queue, plain, by, isGone);
        checkEnded(plain, isGone);
      }
      return;
    }
    for (Item item : queue.versions(key)) {
      extended(queue, item, by, isGone);
    }
  }

  private void extended(ExpectedQueue queue, Item item, @Nullable Worker by, boolean isGone) {
    ExpectedBatch with = item.with;
    if (item.state != Item.State.SENT || with == null || (by != null && with.worker != by)) {
      return;
    }
    long now = ledger.clock.elapsedNanos();
    boolean mayBeGone =
        item.isTimeUp(now)
            || item.unsure
            || item.mayBeEvicted
            || isReplaced(item)
            || ledger.isGone(item.message, ledger.settings().get(queue.topic));
    with.extend(item, now);
    if (mayBeGone) {
      item.unsure = true; // and it may be in flight until then
      item.placeUnknown = true;
      with.mayStayOut();
    } else if (isGone) {
      throw new Violation(Invariant.TIME_EXTENDED, item + " is in flight, but is reported as gone");
    }
  }

  private boolean isReplaced(Item item) {
    return item.message.keyed && ledger.newest(item.message) != item.message;
  }

  private static void checkEnded(Item item, boolean isGone) {
    boolean ended = item.state == Item.State.ACKNOWLEDGED || item.state == Item.State.PURGED;
    if (ended && !item.unsure && !isGone) {
      throw new Violation(
          Invariant.TIME_EXTENDED, item + " gets more time, although it is finished");
    }
  }
}
