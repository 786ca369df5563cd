package io.ppmq.broker;

/**
 * What somebody on call wants to know. Called on threads of the broker, which it must not block. No
 * payloads, no keys.
 */
public interface BrokerEvents {
  /** A subscriber that could be reached cannot be reached any more; it is tried again and again. */
  void unreachable(String subscriber, String reason);

  /** A subscriber that could not be reached was pushed a batch again. */
  void reachableAgain(String subscriber);

  /**
   * The store refuses; what it was to keep is held and tried again, and publishes are held and soon
   * refused. Told once until it recovers.
   */
  void storeFailing(String reason);

  /** The store keeps what it is given again. */
  void storeRecovered();

  /** Messages are refused from now on, for lack of room; everything else goes on. Told once. */
  default void publishesRefused(String reason) {}

  /** Messages are taken again. */
  default void publishesAccepted() {}

  /** A topic keeps messages for a subscriber that the configuration does not name any more. */
  void detachedSubscriber(String topic, String subscriber, long backlog);

  /** The store failed in the middle of a command, and the broker has stopped: open it anew. */
  void storeLost(String reason);

  /** The broker has a bug, and has stopped: nothing more is accepted, confirmed or delivered. */
  void bug(Throwable bug);
}
