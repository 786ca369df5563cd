package io.ppmq.client;

import java.time.Duration;
import java.util.Collection;

/** Takes the batches that are read from a subscriber's own socket. */
interface Taker {
  /** Takes a batch, on the thread that reads; blocks to hold the broker back. */
  void take(Batch batch) throws InterruptedException;

  /** Keys that were acknowledged or nacked by hand. */
  void settled(String topic, Collection<String> keys);

  /** Begins nothing more. */
  void stop();

  void interruptHandlers();

  boolean isHandler();

  /** Waits until no handler is at work, at most so long. */
  void awaitHandlers(Duration grace) throws InterruptedException;
}
