package io.ppmq.client;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a subscriber receives batches and reports results: over its own socket, or over
 * a subscribed connection.
 */
interface Reception {
  /** Acknowledges messages on behalf of the program, or nacks them. */
  void say(String topic, Collection<String> keys, @Nullable Nack nack) throws InterruptedException;

  /** Asks for more time on behalf of the program; returns the keys that are not out. */
  List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException;

  /** Takes no more batches, and lets handlers finish. Does not wait. */
  void stop();

  /** Interrupts the handlers that did not end in time. */
  void interrupt();

  /** Whether the caller is a handler; nothing can wait for that handler to end. */
  boolean isHandler();

  /** Completes when everything is closed: normally, or with the broker's final refusal. */
  CompletableFuture<Void> ended();
}
