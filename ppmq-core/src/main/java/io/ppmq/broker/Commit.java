package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import java.util.Map;

/**
 * The commit: it keeps what was applied since the last one, all of it or nothing, and tells those
 * who wait for that. While it fails there is an {@link Outage}, in which the same commit is tried
 * again, and what it holds is not chosen. Owned by the writer's thread.
 */
final class Commit {
  private final Store store;
  private final Clock clock;
  private final IdSequence ids;
  private final Map<String, Topic> topics;
  private final Durability durability;
  private final BrokerEvents events;
  private final Cleanup cleanup;
  private final InboxBytes inboxBytes;
  private final Outage outage;
  private final Answers answers = new Answers();
  private final DurationCounts durations = new DurationCounts();
  private boolean committedAny;

  /** Ids below this one are committed. */
  private long committedUpTo;

  Commit(
      Store store,
      Clock clock,
      IdSequence ids,
      Map<String, Topic> topics,
      Durability durability,
      BrokerEvents events,
      Cleanup cleanup,
      InboxBytes inboxBytes,
      Outage outage) {
    this.store = store;
    this.clock = clock;
    this.ids = ids;
    this.topics = topics;
    this.durability = durability;
    this.events = events;
    this.cleanup = cleanup;
    this.inboxBytes = inboxBytes;
    this.outage = outage;
    this.committedUpTo = ids.next();
  }

  /** Who hears of the next commit. */
  Answers answers() {
    return answers;
  }

  /** How long commits take that succeed. */
  DurationCounts durations() {
    return durations;
  }

  /**
   * Commits what was done so far in this turn, because what follows must see it.
   *
   * @return false when that fails; then there is an outage
   */
  boolean now(Turn turn) {
    if (outage.isOn()) {
      return false;
    }
    cleanup.save();
    return write(turn);
  }

  /**
   * Commits everything that was done, at the end of a turn.
   *
   * @return whether that ended an outage; then what was held during it goes on in another turn
   */
  boolean atEndOf(Turn turn) {
    if (outage.isOn() && !again(turn)) {
      return false;
    }
    cleanup.trim(turn);
    cleanup.save(); // in an outage what was applied since it began goes into a commit of its own
    if (!write(turn)) {
      return false;
    }
    committed();
    boolean recovered = outage.isOn();
    if (recovered) {
      outage.end();
      topics.values().forEach(topic -> topic.hold(Long.MAX_VALUE));
      events.storeRecovered();
    }
    return recovered;
  }

  /** Tries the commit again that failed, when it is time. */
  private boolean again(Turn turn) {
    if (outage.nanosToRetry(turn.nowNanos()) > 0) {
      return false;
    }
    // An acknowledgement has forgotten its keyed message already: all of it is kept, or nothing.
    cleanup.save();
    return write(turn);
  }

  /** Commits everything for the last time. */
  void last(Turn turn) {
    topics.values().forEach(Topic::flush);
    if (write(turn)) {
      committed();
    } else {
      answers.take().forEach(a -> a.failed("the broker stopped before it was committed"));
    }
  }

  private boolean write(Turn turn) {
    if (store.isDirty()) {
      try {
        long begunNanos = clock.nanos();
        store.commit();
        durations.add(clock.nanos() - begunNanos);
        committedAny = true;
      } catch (StoreException e) {
        failed(turn, e);
        return false;
      }
    }
    return true;
  }

  private void committed() {
    committedUpTo = ids.next();
    if (committedAny || !answers.isEmpty()) {
      committedAny = false;
      durability.committed(answers.take());
    }
    inboxBytes.committed();
  }

  private void failed(Turn turn, StoreException e) {
    if (outage.begin(e, turn.nowNanos())) {
      topics.values().forEach(topic -> topic.hold(committedUpTo));
      inboxBytes.committed();
      events.storeFailing(e.sentence());
    }
  }
}
