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
  private final UnreadableExpiring unreadable = new UnreadableExpiring();
  private boolean trimTimerSet;
  private long expireAtNanos;
  private boolean expiryFailing;
  private boolean trimFailing;
  private boolean told;

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
    unreadable.comeAgain(turn.nowNanos());
    int max = EXPIRING_MAX + unreadable.count();
    boolean more = false;
    try {
      List<Expiring> expired = store.expiring(turn.nowMillis(), max);
      expired.forEach(expiring -> expire(expiring, turn));
      more = expired.size() == max;
      expiryFailing = unreadable.count() > 0;
      tellIfReadable();
    } catch (StoreException e) {
      expiryFailing = true;
      tellFailing(e);
    }
    if (expiryFailing && !more) {
      expireAtNanos = turn.nowNanos() + READ_RETRY_NANOS;
    }
  }

  private void expire(Expiring expiring, Turn turn) {
    if (unreadable.rests(expiring)) {
      return;
    }
    Topic topic = topics.get(expiring.topic());
    try {
      if (topic == null || !topic.expire(expiring)) {
        store.dismiss(expiring);
      } else {
        agenda.ended(topic);
        agenda.changed(topic);
      }
    } catch (StoreException e) {
      unreadable.rest(expiring, turn.nowNanos());
      tellFailing(e);
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
    trimFailing = false;
    for (Topic topic : trimmed) {
      try {
        topic.trim();
      } catch (StoreException e) {
        trimFailing = true;
        tellFailing(e);
      }
    }
    trimmed.forEach(agenda::save); // cursors are saved together with the drops before them
    tellIfReadable();
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

  private void tellFailing(StoreException e) {
    if (!told) {
      told = true;
      events.storeFailing(e.sentence());
    }
  }

  private void tellIfReadable() {
    if (told && !expiryFailing && !trimFailing) {
      told = false;
      events.storeRecovered();
    }
  }
}
