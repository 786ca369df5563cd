package io.ppmq.broker.commit;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Removes messages that are not needed any more: expired ones when their moment comes, and those
 * that all subscribers have acknowledged from time to time, because that costs as much for a
 * thousand messages as for one. A message that cannot be read for this stays where it is and is
 * tried again; the failure is reported once. Owned by the writer's thread.
 */
public final class Cleanup {
  private static final int EXPIRING_MAX = 1000;
  private static final long READ_RETRY_NANOS = 1_000_000_000L;
  private static final long WALL_CLOCK_CHECK_NANOS = 1_000_000_000L;
  private static final long TRIM_NANOS = 500_000_000L;
  private static final int TRIM_ACKNOWLEDGEMENTS = 1000;
  private static final long TRIM_BYTES = 4 << 20;

  private final Store store;
  private final Map<String, Topic> topics;
  private final Agenda agenda;
  private final Timers timers;
  private final BrokerEvents events;
  private final OutExpiry outExpiry = new OutExpiry();
  private boolean trimTimerSet;
  private long expireAtNanos;
  private boolean readFailing;

  /**
   * Cleanup of topics.
   *
   * @param topics all there are, as they come and go
   */
  public Cleanup(
      Store store,
      Map<String, Topic> topics,
      Agenda agenda,
      Timers timers,
      BrokerEvents events,
      Turn first) {
    this.store = store;
    this.topics = topics;
    this.agenda = agenda;
    this.timers = timers;
    this.events = events;
    this.expireAtNanos = first.nowNanos();
  }

  // ---- what has expired -----------------------------------------------------------------------

  /**
   * Ends messages that have expired by now while they were out: like an acknowledgement, also while
   * a commit is late, or their workers would get nothing more for as long.
   */
  public void expireOut(Turn turn) {
    for (Topic topic : outExpiry.run(turn.nowMillis())) {
      agenda.ended(topic);
      agenda.changed(topic);
    }
  }

  /** Takes messages that have expired by now out of all queues. */
  public void expire(Turn turn) {
    if (store.nextExpiryMillis() > turn.nowMillis() || nanosToRetry(turn) > 0) {
      return;
    }
    for (Expiring expiring : expiring(turn)) {
      Topic topic = topics.get(expiring.topic());
      if (topic == null || !topic.expire(expiring)) {
        store.dismiss(expiring);
      } else {
        agenda.ended(topic);
        agenda.changed(topic);
      }
    }
  }

  private List<Expiring> expiring(Turn turn) {
    try {
      List<Expiring> expiring = store.expiring(turn.nowMillis(), EXPIRING_MAX);
      readSucceeded();
      return expiring;
    } catch (StoreException e) {
      readFailed(e);
      expireAtNanos = turn.nowNanos() + READ_RETRY_NANOS;
      return List.of();
    }
  }

  private long nanosToRetry(Turn turn) {
    return expireAtNanos - turn.nowNanos();
  }

  /** Messages that are out in a topic may expire at another moment. */
  public void look(Topic topic) {
    outExpiry.look(topic);
  }

  /** The time for which nothing expires, at most {@code max}. To be called at the end of a turn. */
  public long nanosToNext(Turn turn, long max) {
    setTrimTimer(turn);
    long expiry = Math.min(store.nextExpiryMillis(), outExpiry.nextMillis());
    if (expiry <= turn.nowMillis()) {
      return Math.max(0, nanosToRetry(turn));
    }
    if (expiry == Long.MAX_VALUE) {
      return max;
    }
    // The wall clock may jump, so it is read again and again.
    long millis = expiry - turn.nowMillis();
    return Math.min(WALL_CLOCK_CHECK_NANOS, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  // ---- what is acknowledged -------------------------------------------------------------------

  /**
   * Makes topics drop messages that are not needed any more, when it is time. To be called before
   * saving.
   */
  void trim(Turn turn) {
    if (!agenda.isTimeToTrim(TRIM_ACKNOWLEDGEMENTS, TRIM_BYTES)) {
      return;
    }
    Set<Topic> trimmed = agenda.takeTrims();
    try {
      trimmed.forEach(Topic::trim);
    } catch (StoreException e) {
      readFailed(e);
    }
    trimmed.forEach(agenda::save); // cursors are saved together with the drops before them
  }

  private void setTrimTimer(Turn turn) {
    if (!trimTimerSet && agenda.hasTrims()) {
      trimTimerSet = true;
      timers.at(
          turn.nowNanos() + TRIM_NANOS,
          due -> {
            trimTimerSet = false;
            agenda.trimNow();
          });
    }
  }

  /**
   * Hands the changes of topics to the store, as part of its next commit.
   *
   * @return those topics
   */
  Set<Topic> save() {
    Set<Topic> unsaved = agenda.takeUnsaved();
    unsaved.forEach(Topic::flush);
    return unsaved;
  }

  // ---- what cannot be read --------------------------------------------------------------------

  private void readFailed(StoreException e) {
    if (!readFailing) {
      readFailing = true;
      events.storeFailing(e.sentence());
    }
  }

  private void readSucceeded() {
    if (readFailing) {
      readFailing = false;
      events.storeRecovered();
    }
  }
}
