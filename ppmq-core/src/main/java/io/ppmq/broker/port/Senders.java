package io.ppmq.broker.port;

/** Makes the senders to subscribers. */
@FunctionalInterface
public interface Senders {
  /**
   * The sender to a subscriber; does not connect yet.
   *
   * @param subscriber the subscriber's name
   * @param link takes the reports of the sender
   */
  Sender sender(String subscriber, Sender.Link link);
}
