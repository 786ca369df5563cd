package io.ppmq.cluster;

/** The destination of a relayed connection. */
public sealed interface Destination {
  /** The leader's socket for producers, acknowledgements and workers; see {@link Relays#values}. */
  record Values(Caller caller) implements Destination {}

  /** The leader's admin interface; see {@link Relays#admin}. */
  record Admin(Caller caller) implements Destination {}

  /** The socket of a subscriber on the machine of a node; see {@link Relays#subscriber}. */
  record Subscriber(String node, String subscriber) implements Destination {}
}
