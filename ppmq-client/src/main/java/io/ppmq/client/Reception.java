package io.ppmq.client;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a subscriber gets its batches and reports on them: over its own socket, or
 * subscribed.
 */
interface Reception {
  /** By hand: messages are done, or could not be done. */
  void say(String topic, Collection<String> keys, @Nullable Nack nack) throws InterruptedException;

  /** By hand: more time for messages; returns the keys that are not out. */
  List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException;

  /** Takes no more batches, and lets handlers finish. Does not wait. */
  void stop();

  /** Interrupts the handlers, which took too long. */
  void interrupt();

  /** Whether this is called by a handler, for which nobody could wait. */
  boolean isHandler();

  /** Completes when all is closed: normally, or with the final refusal of the broker. */
  CompletableFuture<Void> ended();
}
