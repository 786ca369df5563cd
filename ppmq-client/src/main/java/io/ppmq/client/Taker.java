package io.ppmq.client;

import java.time.Duration;
import java.util.Collection;

/** Takes the batches that are read from a subscriber's own socket. */
interface Taker {
  /** Takes a batch on the reading thread; blocks to hold the broker back. */
  void take(Batch batch) throws InterruptedException;

  /** Notes keys that the program acknowledged or nacked itself. */
  void settled(String topic, Collection<String> keys);

  /** Begins no more messages. */
  void stop();

  void interruptHandlers();

  boolean isHandler();

  /** Waits until no handler runs, for at most {@code grace}. */
  void awaitHandlers(Duration grace) throws InterruptedException;
}
