package io.ppmq.client;

import java.net.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Receives the batches that are pushed over a subscribed connection; called on the connection's own
 * thread.
 */
interface Arrivals {
  /** The longest batch to take, in bytes of JSON. */
  int batchBytesMax();

  /** Whether to stop reading for now; {@link Connection#resume} starts it again. */
  boolean isFull();

  /** Takes a batch, and does not block. */
  void arrived(Batch batch) throws ProtocolException;

  /** Reports that the connection is gone for good, and every value under way has ended. */
  void ended(String reason, @Nullable Exception cause);
}
