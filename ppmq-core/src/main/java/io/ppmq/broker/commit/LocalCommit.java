package io.ppmq.broker.commit;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.broker.turn.InboxBytes;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import java.util.Map;

/**
 * The commit in a store of one machine: it comes to its end in the turn that begins it. While it
 * fails there is an {@link Outage}, in which the same commit is tried again, and its messages are
 * not chosen. Owned by the writer's thread.
 */
public final class LocalCommit implements Commit {
  private final Store store;
  private final Clock clock;
  private final IdSequence ids;
  private final Map<String, Topic> topics;
  private final Durability durability;
  private final BrokerEvents events;
  private final Cleanup cleanup;
  private final InboxBytes inboxBytes;
  private final Outage outage;
  private final CommitBarrier barrier;
  private final Answers answers = new Answers();
  private final DurationCounts durations = new DurationCounts();
  private boolean committedAny;
  private long begun;

  /** Ids below this one are committed. */
  private long committedUpTo;

  public LocalCommit(
      Store store,
      Clock clock,
      IdSequence ids,
      Map<String, Topic> topics,
      Durability durability,
      BrokerEvents events,
      Cleanup cleanup,
      InboxBytes inboxBytes,
      Outage outage,
      CommitBarrier barrier) {
    this.store = store;
    this.clock = clock;
    this.ids = ids;
    this.topics = topics;
    this.durability = durability;
    this.events = events;
    this.cleanup = cleanup;
    this.inboxBytes = inboxBytes;
    this.outage = outage;
    this.barrier = barrier;
    this.committedUpTo = ids.next();
  }

  @Override
  public Answers answers() {
    return answers;
  }

  @Override
  public DurationCounts durations() {
    return durations;
  }

  /** {@inheritDoc} False while too much waits for the end of an outage. */
  @Override
  public boolean takesTasks() {
    return outage.hasRoom();
  }

  @Override
  public void expectsLarge(boolean expects) {}

  @Override
  public void added(long bytes) {}

  @Override
  public boolean hasRoom() {
    return true;
  }

  @Override
  public boolean cameToItsEnd(Turn turn) {
    return false;
  }

  @Override
  public long begun() {
    return begun;
  }

  @Override
  public boolean isBehind() {
    return outage.isOn();
  }

  @Override
  public boolean isCommitted() {
    return !isBehind();
  }

  /** {@inheritDoc} Only committed data can be read for sure. */
  @Override
  public boolean show(Turn turn) {
    if (outage.isOn()) {
      return false;
    }
    cleanup.save();
    boolean written = write(turn);
    if (written) {
      committedUpTo = ids.next();
    }
    return written;
  }

  @Override
  public void holdBack() {
    barrier.committedUpTo(committedUpTo);
  }

  @Override
  public boolean atEndOf(Turn turn) {
    if (outage.isOn() && !again(turn)) {
      return false;
    }
    cleanup.trim(turn);
    cleanup.save(); // in an outage the changes since it began go into a commit of their own
    if (!write(turn)) {
      return false;
    }
    committed();
    boolean recovered = outage.isOn();
    if (recovered) {
      outage.end();
      events.storeRecovered();
    }
    return recovered;
  }

  /** Tries the failed commit again when it is time. */
  private boolean again(Turn turn) {
    if (outage.nanosToRetry(turn.nowNanos()) > 0) {
      return false;
    }
    // An acknowledgement has forgotten its keyed message already: all of it is kept, or nothing.
    cleanup.save();
    return write(turn);
  }

  @Override
  public long nanosToNext(Turn turn, boolean takesTasks, long next) {
    if (outage.isOn()) {
      return outage.nanosToRetry(turn.nowNanos());
    }
    return store.isDirty() ? 0 : next;
  }

  @Override
  public void last(Turn turn) {
    topics.values().forEach(Topic::flush);
    if (write(turn)) {
      committed();
    } else {
      answers.take().forEach(a -> a.failed("the broker stopped before it was committed"));
    }
  }

  @Override
  public void abandon(RefusedException why) {
    answers.take().forEach(answer -> answer.failed(why.sentence()));
  }

  private boolean write(Turn turn) {
    if (store.isDirty()) {
      try {
        long begunNanos = clock.nanos();
        store.commit();
        begun++;
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
    barrier.lift();
    if (committedAny || !answers.isEmpty()) {
      committedAny = false;
      durability.committed(answers.take());
    }
    inboxBytes.committed();
  }

  private void failed(Turn turn, StoreException e) {
    if (outage.begin(e, turn.nowNanos())) {
      barrier.committedUpTo(committedUpTo);
      inboxBytes.committed();
      events.storeFailing(e.sentence());
    }
  }
}
