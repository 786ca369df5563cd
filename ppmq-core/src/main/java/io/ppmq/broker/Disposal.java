package io.ppmq.broker;

import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Gets rid of what nobody needs any more: messages that have expired, when their time has come, and
 * what all subscribers have acknowledged, now and then, for that costs as much for a thousand
 * messages as for one. What cannot be read for that stays where it is, which is said once. Owned by
 * the writer's thread.
 */
final class Disposal {
  private static final int EXPIRING_MAX = 1000;
  private static final long READ_RETRY_NANOS = 1_000_000_000L;
  private static final long WALL_CLOCK_CHECK_NANOS = 1_000_000_000L;
  private static final long TRIM_NANOS = 500_000_000L;
  private static final int TRIM_COMMANDS = 1000;
  private static final long TRIM_BYTES = 4 << 20;

  private final Writer writer;
  private final Store store;
  private final Map<String, Topic> topics;
  private final Unsaved unsaved;
  private final OutExpiry outExpiry = new OutExpiry();
  private final Set<Topic> acknowledged = new LinkedHashSet<>();
  private int acknowledgements;
  private long publishedBytes;
  private boolean trimDue = true;
  private boolean trimTimerSet;
  private long expireAtNanos;
  private boolean readFailing;

  Disposal(Writer writer, Store store, Map<String, Topic> topics, Unsaved unsaved) {
    this.writer = writer;
    this.store = store;
    this.topics = topics;
    this.unsaved = unsaved;
    this.expireAtNanos = writer.nowNanos();
  }

  // ---- what has expired -----------------------------------------------------------------------

  /** Takes out of all queues what has expired by now. */
  void expire() {
    for (Topic topic : outExpiry.run(topics.values(), writer.nowMillis())) {
      trimLater(topic);
      writer.changedForAll(topic);
    }
    if (store.nextExpiryMillis() > writer.nowMillis() || nanosToRetry() > 0) {
      return;
    }
    for (Expiring expiring : expiring()) {
      Topic topic = topics.get(expiring.topic());
      if (topic == null || !topic.expire(expiring)) {
        store.dismiss(expiring);
      } else {
        trimLater(topic);
        writer.changedForAll(topic);
      }
    }
  }

  private List<Expiring> expiring() {
    try {
      List<Expiring> expiring = store.expiring(writer.nowMillis(), EXPIRING_MAX);
      readSucceeded();
      return expiring;
    } catch (StoreException e) {
      readFailed(e);
      expireAtNanos = writer.nowNanos() + READ_RETRY_NANOS;
      return List.of();
    }
  }

  private long nanosToRetry() {
    return expireAtNanos - writer.nowNanos();
  }

  /** Something was published to a topic or taken out of it, or was sent. */
  void lookAtOut(Topic topic) {
    outExpiry.look(topic);
  }

  /** For how long nothing expires; at most {@code max}. */
  long nanosToNext(long max) {
    long expiry = Math.min(store.nextExpiryMillis(), outExpiry.nextMillis());
    long nowMillis = writer.nowMillis();
    if (expiry <= nowMillis) {
      return Math.max(0, nanosToRetry());
    }
    if (expiry == Long.MAX_VALUE) {
      return max;
    }
    // The wall clock may jump, so it is looked at again and again.
    return Math.min(WALL_CLOCK_CHECK_NANOS, TimeUnit.MILLISECONDS.toNanos(expiry - nowMillis));
  }

  // ---- what is acknowledged -------------------------------------------------------------------

  /** So much was published, which may have been acknowledged in the meantime. */
  void published(int bytes) {
    publishedBytes += bytes;
  }

  /** Messages have left a queue of this topic. */
  void trimLater(Topic topic) {
    acknowledged.add(topic);
    acknowledgements++;
    setTrimTimer();
  }

  /** Messages may have left a queue of this topic though nobody acknowledged them just now. */
  void trimIfDue(Topic topic) {
    if (topic.isTrimDue() && acknowledged.add(topic)) {
      setTrimTimer();
    }
  }

  private void setTrimTimer() {
    if (!trimTimerSet) {
      trimTimerSet = true;
      writer
          .timers()
          .at(
              writer.nowNanos() + TRIM_NANOS,
              () -> {
                trimTimerSet = false;
                trimDue = true;
              });
    }
  }

  /** Who needs what of this topic has changed: it is trimmed with the next commit. */
  void trimSoon(Topic topic) {
    acknowledged.add(topic);
    trimDue = true;
  }

  /** Has topics drop what nobody needs any more, if it is time. */
  void trim() {
    if (trimDue || acknowledgements >= TRIM_COMMANDS || publishedBytes >= TRIM_BYTES) {
      try {
        acknowledged.forEach(Topic::trim);
      } catch (StoreException e) {
        readFailed(e);
      }
      unsaved.changed(acknowledged); // cursors are saved with what is dropped before them
      acknowledged.clear();
      acknowledgements = 0;
      publishedBytes = 0;
      trimDue = false;
    }
  }

  // ---- what cannot be read --------------------------------------------------------------------

  private void readFailed(StoreException e) {
    if (!readFailing) {
      readFailing = true;
      writer.events().storeFailing(e.sentence());
    }
  }

  private void readSucceeded() {
    if (readFailing) {
      readFailing = false;
      writer.events().storeRecovered();
    }
  }
}
