package io.ppmq.sim;

/** A connection to a subscriber's socket: it gets messages of every topic, and bounds nothing. */
interface Place extends Worker {
  @Override
  default boolean isPlace() {
    return true;
  }

  @Override
  default boolean takes(String topic) {
    return true;
  }

  @Override
  default int messagesMax() {
    return Integer.MAX_VALUE;
  }
}
