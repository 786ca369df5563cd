package io.ppmq.broker.delivery;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.StoreException;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The topics whose messages for a subscriber could not be read: each rests for a while, and others
 * have their turn. Owned by the writer's thread.
 */
final class UnreadableTopics {
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final Subscription.Owner owner;
  private final Timers timers;
  private final BrokerEvents events;
  private final Set<Subscription> unreadable = new LinkedHashSet<>(2);
  private final Set<Subscription> resting = new LinkedHashSet<>(2);
  private final Set<Subscription> later = new LinkedHashSet<>(2);

  UnreadableTopics(Subscription.Owner owner, Timers timers, BrokerEvents events) {
    this.owner = owner;
    this.timers = timers;
    this.events = events;
  }

  /** Whether nothing is read from it at present. */
  boolean rests(Subscription subscription) {
    return resting.contains(subscription);
  }

  /** It could not be read, and rests. */
  void rest(Subscription subscription, StoreException e, Turn turn) {
    if (unreadable.add(subscription)) {
      events.unreadable(subscription.topicName(), subscription.subscriber, e.sentence());
    }
    resting.add(subscription);
    timers.at(
        turn.nowNanos() + RETRY_NANOS,
        due -> {
          resting.remove(subscription);
          owner.ready(subscription);
        });
  }

  /** It could be read. */
  void wasRead(Subscription subscription) {
    unreadable.remove(subscription);
  }

  /** There may be something to read in it in a while. */
  void readAgainLater(Subscription subscription, Turn turn) {
    if (later.add(subscription)) {
      timers.at(
          turn.nowNanos() + RETRY_NANOS,
          due -> {
            later.remove(subscription);
            owner.ready(subscription);
          });
    }
  }
}
