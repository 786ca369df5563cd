package io.ppmq.sim;

import io.ppmq.message.Delay;
import io.ppmq.store.DelayedMessage;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Delayed messages: kept in no queue until their moment, and from then on like messages published
 * then. The store reports when the broker removes a message from the delayed ones.
 */
final class Delays {
  /** How long after a moment the broker may wake. */
  private static final long LATE_NANOS = 100_000_000L;

  /** A jump of the clock is noticed within this time. */
  private static final long SLEEP_NANOS_MAX = 1_000_000_000L;

  private static final int NONE = -1;

  /** The messages published with a moment, and their fate. */
  private static final class Kept {
    final Published message;
    final long atMillis;
    final int order;

    /** The attempt that stored it; the message itself counts as stored when it is queued. */
    final Submitted stored;

    /** The attempt that queued or removed it; null while it is delayed. */
    @Nullable Submitted ended;

    Kept(Published message, long atMillis, int order) {
      this.message = message;
      this.atMillis = atMillis;
      this.order = order;
      this.stored = message.submitted;
    }

    boolean isBefore(Kept other) {
      return atMillis < other.atMillis || (atMillis == other.atMillis && order < other.order);
    }

    @Override
    public String toString() {
      return message + " of moment " + atMillis;
    }
  }

  private final Ledger ledger;
  private final DeliveryCheck deliveries;
  private final Map<Integer, Kept> all = new LinkedHashMap<>();
  private int orders;

  /** The number of the message that is being deleted. */
  private int deleting = NONE;

  Delays(Ledger ledger, DeliveryCheck deliveries) {
    this.ledger = ledger;
    this.deliveries = deliveries;
  }

  // ---- publishing -----------------------------------------------------------------------------

  /** Whether a message that is applied now has a moment that has not come. */
  boolean isDelayed(Published message) {
    return momentMillis(message) > ledger.clock.wallMillis();
  }

  private long momentMillis(Published message) {
    Delay delay = message.message.delay();
    return delay == null ? Long.MIN_VALUE : delay.momentMillis(ledger.clock.wallMillis());
  }

  /** A delayed message is applied. */
  void delay(TopicSettings topic, Published message) {
    long atMillis = momentMillis(message);
    if (!topic.expire() || !message.isExpired(atMillis)) {
      all.put(message.number, new Kept(message, atMillis, orders++));
    }
  }

  // ---- coming due -----------------------------------------------------------------------------

  /**
   * The broker removes a message from the delayed ones to queue it.
   *
   * @return the message, for all subscribers; null if none gets it
   */
  @Nullable Published due(String name, DelayedMessage delayed) {
    Kept kept = all.get(Published.number(delayed.payload()));
    if (kept == null || kept.ended != null || !kept.message.topic.equals(name)) {
      throw new Violation(
          Invariant.MOMENTS_KEPT,
          delayed + " of " + name + " comes due, but is not a delayed message");
    }
    if (kept.message.number == deleting) {
      kept.ended = ledger.nextCommit();
      return null;
    }
    if (kept.atMillis > ledger.clock.wallMillis()) {
      throw new Violation(Invariant.MOMENTS_KEPT, kept + " is queued before its moment");
    }
    for (Kept other : delayed(name)) {
      if (other.isBefore(kept)
          && other.stored.survives(ledger.disk.heardOf(), false) // else it need not be found yet
          && other.message.message.priority() == kept.message.message.priority()) {
        throw new Violation(Invariant.MOMENTS_KEPT, kept + " is queued before " + other);
      }
    }
    TopicSettings topic = ledger.settings().get(name);
    if (topic == null) {
      throw new Violation(
          Invariant.MOMENTS_KEPT, kept + " is queued in a topic that does not exist");
    }
    kept.ended = ledger.nextCommit();
    kept.message.submitted = kept.ended;
    kept.message.ages(topic, kept.atMillis);
    boolean expired = topic.expire() && kept.message.isExpired(ledger.clock.wallMillis());
    return expired || topic.subscribers().isEmpty() ? null : kept.message;
  }

  /** The writer is about to delete this delayed message, unless it refuses to. */
  void deleting(Published message) {
    deleting = message.number;
  }

  /** A turn is over; a refused deletion deletes nothing. */
  void turnIsOver() {
    deleting = NONE;
  }

  /** The writer reports that it has deleted the message. */
  void deleted() {
    Kept kept = all.get(deleting);
    deleting = NONE;
    if (kept == null || kept.ended == null) {
      throw new Violation(
          Invariant.NOTHING_PURGED_AGAIN, kept + " is reported as deleted, but was not");
    }
  }

  /** The writer has purged a topic. */
  void purged(String topic) {
    Submitted by = ledger.nextCommit();
    delayed(topic).forEach(kept -> kept.ended = by);
  }

  /** The broker died. Messages queued since the last kept commit are delayed again. */
  void died(long attemptsKept, boolean powerLost) {
    deleting = NONE;
    for (Kept kept : List.copyOf(all.values())) {
      Submitted ended = kept.ended;
      if (!kept.stored.survives(attemptsKept, powerLost)) {
        all.remove(kept.message.number);
      } else if (ended != null && !ended.survives(attemptsKept, powerLost)) {
        kept.ended = null;
        kept.message.queued = false;
        deliveries.forgetKey(kept.message);
      }
    }
  }

  // ---- asking ---------------------------------------------------------------------------------

  private List<Kept> delayed(String topic) {
    List<Kept> delayed = new ArrayList<>();
    for (Kept kept : all.values()) {
      if (kept.ended == null && kept.message.topic.equals(topic)) {
        delayed.add(kept);
      }
    }
    return delayed;
  }

  /** The messages of a topic that are delayed. */
  List<Published> of(String topic) {
    return delayed(topic).stream().map(kept -> kept.message).toList();
  }

  /** Whether a message comes due within this time. */
  boolean comesWithin(long millis) {
    long end = ledger.clock.wallMillis() + millis;
    return all.values().stream().anyMatch(kept -> kept.ended == null && kept.atMillis <= end);
  }

  /** Whether a message comes due only after this time. */
  boolean comesAfter(long millis) {
    long end = ledger.clock.wallMillis() + millis;
    return all.values().stream().anyMatch(kept -> kept.ended == null && kept.atMillis > end);
  }

  /** Compares the delayed messages with those that the broker shows. */
  void look(String topic, List<PeekedMessage> shown) {
    Set<Integer> numbers = new LinkedHashSet<>();
    shown.forEach(message -> numbers.add(Published.number(message.delivery().payload())));
    Set<Integer> expected = new LinkedHashSet<>();
    of(topic).forEach(message -> expected.add(message.number));
    if (!numbers.equals(expected)) {
      throw new Violation(
          Invariant.NO_CONFIRMED_LOSS,
          topic + " shows the delayed messages " + numbers + " instead of " + expected);
    }
  }

  /** The broker is idle for this long unless work arrives: it must not miss a moment. */
  void checkSleep(long nanos) {
    long now = ledger.clock.wallMillis();
    for (String topic : ledger.settings().keySet()) {
      for (Kept kept : delayed(topic)) {
        long untilMillis = Math.min(3_600_000, kept.atMillis - now);
        long most = Math.min(SLEEP_NANOS_MAX, Math.max(0, untilMillis) * 1_000_000) + LATE_NANOS;
        if (nanos > most) {
          throw new Violation(
              Invariant.MOMENTS_KEPT,
              "the broker sleeps for " + nanos / 1_000_000 + " ms, which is too long for " + kept);
        }
      }
    }
  }
}
