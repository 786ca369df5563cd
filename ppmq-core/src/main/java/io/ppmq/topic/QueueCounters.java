package io.ppmq.topic;

import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of one subscriber's queue: events since the start are counted as they happen, and the
 * waiting messages are counted on request. A message that cannot be read is unknown then, and no
 * reason to have no figures at all.
 */
final class QueueCounters {
  private final String subscriber;
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private long delivered;
  private long acknowledged;
  private long redelivered;
  private long expired;
  private long died;

  QueueCounters(
      String subscriber, TopicContents topic, Cursors cursors, OutstandingMessages outstanding) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.cursors = cursors;
    this.outstanding = outstanding;
  }

  /** A message was delivered, for the first time or again. */
  void delivered(Outstanding message, int attempt, long nowMillis) {
    delivered++;
    if (attempt > 1) {
      redelivered++;
    } else {
      topic.deliveries().add(message.publishedAtMillis, nowMillis);
    }
  }

  void acknowledged(Outstanding message, long nowMillis) {
    acknowledged++;
    if (message.publishedAtMillis > 0) { // 0: known from before a restart, and not sent since
      topic.acknowledgements().add(message.publishedAtMillis, nowMillis);
    }
  }

  void expired(long count) {
    expired += count;
  }

  void died(long count) {
    died += count;
  }

  /**
   * The number of waiting messages: never sent, or to be sent again. Nacked ones that are not due
   * do not count.
   */
  long backlog() {
    return outstanding.waiting().count() + cursors.backlog();
  }

  /**
   * The number of messages that may be sent now: without those that wait for an older version that
   * is out, and without new ones while too many are nacked.
   */
  long sendable() {
    return outstanding.roomForNew() > 0
        ? backlog() - cursors.passed().heldCount()
        : outstanding.waiting().sentCount();
  }

  /** The number of waiting messages; each version of a key counts once. */
  long waits() {
    return backlog() - replacedPlaces();
  }

  /**
   * The state of the queue.
   *
   * @param keyedBytes the approximate disk space of a keyed message in bytes
   */
  QueueStats stats(double keyedBytes) {
    long waits = waits();
    return new QueueStats(
        subscriber,
        cursors.isAttached(),
        waits,
        outstanding.out().messageCount(),
        outstanding.nacked().count(),
        waits == 0 ? 0 : logBytes() + (long) (keyedBytes * waits),
        waits == 0 ? 0 : oldestMillis(),
        delivered,
        acknowledged,
        redelivered,
        expired,
        died);
  }

  /** The approximate size of the logs in bytes, from the first waiting message of each on. */
  private long logBytes() {
    Map<Integer, Long> from = new HashMap<>();
    for (LogReader reader : cursors.readers().all()) {
      if (reader.backlog() > 0) {
        from.put(reader.log().priority(), reader.neededFrom());
      }
    }
    for (Outstanding message : outstanding.all()) {
      if (!message.isOut() && !message.keyed) {
        from.merge(message.priority, message.entryId, Math::min);
      }
    }
    long bytes = 0;
    for (Map.Entry<Integer, Long> first : from.entrySet()) {
      bytes +=
          TopicContents.readable(
              () -> topic.store().diskBytes(first.getKey(), first.getValue()), 0);
    }
    return bytes;
  }

  /**
   * The number of places that hold the newer version of a message that waits or is sent ahead of
   * them.
   */
  private long replacedPlaces() {
    long replaced = 0;
    for (Outstanding message : outstanding.all()) {
      KeyedMessage kept = message.keyed ? topic.findReadable(message.key) : null;
      if (kept != null
          && !message.isNacked()
          && message.sendsNewest(kept)
          && cursors.awaits(cursors.placeOf(kept), message)) {
        replaced++;
      }
    }
    return replaced;
  }

  private long oldestMillis() {
    long oldest = Long.MAX_VALUE;
    for (Outstanding message : outstanding.waiting().first()) {
      oldest = Math.min(oldest, publishedMillis(message));
    }
    for (LogReader reader : cursors.readers().all()) {
      if (reader.backlog() > 0) {
        long from = reader.neededFrom();
        oldest = Math.min(oldest, publishedMillis(reader.log().priority(), from, Long.MAX_VALUE));
      }
    }
    for (PassedPlaces.Passed passed : cursors.passed().all()) {
      KeyedMessage kept = topic.findReadable(passed.key());
      oldest = kept == null ? oldest : Math.min(oldest, kept.publishedAtMillis());
    }
    return oldest == Long.MAX_VALUE ? 0 : oldest;
  }

  private long publishedMillis(Outstanding message) {
    if (message.keyed) {
      KeyedMessage kept = topic.findReadable(message.key);
      return kept == null ? Long.MAX_VALUE : kept.publishedAtMillis();
    }
    return publishedMillis(message.priority, message.entryId, message.entryId);
  }

  private long publishedMillis(int priority, long from, long to) {
    return TopicContents.readable(() -> readPublishedMillis(priority, from, to), Long.MAX_VALUE);
  }

  private long readPublishedMillis(int priority, long from, long to) {
    List<Entry> first = topic.store().read(priority, from, 1, 1);
    return first.isEmpty() || first.get(0).firstId() > to
        ? Long.MAX_VALUE
        : first.get(0).publishedAtMillis();
  }
}
