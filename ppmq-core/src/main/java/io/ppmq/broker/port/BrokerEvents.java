package io.ppmq.broker.port;

import io.ppmq.store.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Events for an operator. Called on threads of the broker, which an implementation must not block.
 * No payloads, no keys.
 */
public interface BrokerEvents {
  /** A subscriber that could be reached cannot be reached any more; the broker keeps trying. */
  void unreachable(String subscriber, String reason);

  /** A subscriber that could not be reached was pushed a batch again. */
  void reachableAgain(String subscriber);

  /**
   * The store refuses; the refused commit is held and tried again, and publishes are held and soon
   * refused. Reported once until it recovers.
   */
  void storeFailing(String reason);

  /**
   * The messages stored for a subscriber of a topic cannot be read: they wait, and are tried again
   * and again; all others go on. Reported once until it can be read.
   */
  default void unreadable(String topic, String subscriber, String reason) {
    storeFailing(reason);
  }

  /** The store works again. */
  void storeRecovered();

  /** Messages are refused from now on, for lack of room; everything else goes on. Reported once. */
  default void publishesRefused(String reason) {}

  /** Messages are accepted again. */
  default void publishesAccepted() {}

  /** A topic keeps messages for a subscriber that the configuration does not name any more. */
  void detachedSubscriber(String topic, String subscriber, long backlog);

  /** Messages were refused because the topic is full: {@code count} since the last report. */
  default void rejected(String topic, String bound, long count) {}

  /** Messages were dropped to make room for others: {@code count} since the last report. */
  default void evicted(String topic, String bound, long count) {}

  /** Producers wait for room in a topic: {@code count} began to wait since the last report. */
  default void blocked(String topic, String bound, long count) {}

  /**
   * Messages reached their limit of deliveries to a subscriber and went to the topic {@code
   * deadLetter}, or were dropped if that is null: {@code count} since the last report.
   */
  default void died(String topic, String subscriber, @Nullable String deadLetter, long count) {}

  /** Messages have waited for a subscriber for a long time, or there are very many of them. */
  default void backlogGrows(String topic, String subscriber, long backlog, long oldestAgeMillis) {}

  /**
   * The waiting messages of a subscriber take about this many bytes of the disk; {@code percent} of
   * all of it.
   */
  default void backlogTakesDisk(String topic, String subscriber, long bytes, long percent) {}

  /** More than half of the room of a topic is taken; {@code percent} of it. */
  default void fillsUp(String topic, String bound, long percent) {}

  /**
   * A subscriber has more than one place for workers, and in this topic nothing is sent again by
   * time: a worker that hangs keeps its batch until its connection closes. So it is in this many
   * {@code others} of its topics.
   */
  default void workersNeverTimeOut(String topic, int others, String subscriber) {}

  /** A producer or subscriber was refused after it was let in: the configuration has changed. */
  default void refusedLate(String reason) {}

  /** The store failed in the middle of a command, and the broker has stopped: open it again. */
  void storeLost(StoreException reason);

  /**
   * Other machines keep the commits of this broker, and it is not known whether a commit is kept,
   * or the store failed in the middle of a command. The broker has ended as by {@code
   * Broker.abandon}: its owner must let another broker lead, or begin again with the committed
   * data.
   */
  default void abandoned(String reason) {}

  /** The broker has a bug, and has stopped: nothing more is accepted, confirmed or delivered. */
  void bug(Throwable bug);
}
