package io.ppmq.broker.settings;

import io.ppmq.broker.port.Senders;
import io.ppmq.topic.BatchLimits;

/**
 * The part of a subscriber's configuration that the broker itself needs.
 *
 * @param name the subscriber's name
 * @param limits the limits of one push
 * @param redeliverOnClose whether messages that are out with it are sent again when its connection
 *     closes
 * @param address its address in the form of the {@link Senders}; after a change it gets another
 *     sender
 * @param connections the number of connections that may be kept to that address at once; 0 if it
 *     has no address and subscribes over connections of its own
 */
public record SubscriberSettings(
    String name, BatchLimits limits, boolean redeliverOnClose, String address, int connections) {
  /**
   * A subscriber whose address never changes, and that may close its connection and acknowledge
   * later.
   */
  public SubscriberSettings(String name, BatchLimits limits) {
    this(name, limits, false, "");
  }

  /** A subscriber that is sent one batch at a time. */
  public SubscriberSettings(
      String name, BatchLimits limits, boolean redeliverOnClose, String address) {
    this(name, limits, redeliverOnClose, address, 1);
  }
}
