package io.ppmq.sim;

/** A worker of a subscriber: a connection to its socket, or one that subscribed. */
interface Worker {
  /** The subscriber's name. */
  String subscriber();

  /** Whether it is a connection to the subscriber's socket. */
  boolean isPlace();

  /** Whether it takes messages of this topic. */
  boolean takes(String topic);

  /** The most messages in a batch, as far as the worker restricts them. */
  int messagesMax();
}
