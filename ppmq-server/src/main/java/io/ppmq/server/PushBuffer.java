package io.ppmq.server;

import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.wire.BatchEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A batch on its way into a socket, encoded a buffer at a time as the socket takes it. For one
 * thread at a time.
 */
final class PushBuffer {
  private static final int BYTES = 64 << 10;

  /** Reused for pushes that the socket takes at once, which are nearly all. */
  private static final ThreadLocal<PushBuffer> SHARED = ThreadLocal.withInitial(PushBuffer::new);

  private final ByteBuffer bytes;
  private @Nullable Batch batch;
  private @Nullable BatchEncoder unfinished;
  private boolean begun;
  private long written;

  PushBuffer() {
    this(BYTES);
  }

  private PushBuffer(int size) {
    bytes = ByteBuffer.allocateDirect(size).flip();
  }

  /** The buffer of the calling thread. */
  static PushBuffer shared() {
    return SHARED.get();
  }

  /** Whether it holds this batch with nothing written yet. */
  @SuppressWarnings(
      "ReferenceEquality") // comparing the contents would cost as much as the reuse saves
  boolean holds(Batch other) {
    return batch == other && !begun;
  }

  /** Forgets its content, and encodes the beginning of a batch. */
  void begin(Batch next, Bytes opening) {
    batch = next;
    unfinished = new BatchEncoder(opening, next.deliveries());
    begun = false;
    bytes.clear().flip();
    encode();
  }

  /**
   * Writes as much as the channel takes; true if the whole batch is written.
   *
   * @throws IOException if the channel is broken
   */
  boolean writeTo(WritableByteChannel channel) throws IOException {
    while (encode()) {
      int count = channel.write(bytes);
      begun |= count > 0;
      written += count;
      if (bytes.hasRemaining()) {
        return false;
      }
    }
    batch = null;
    return true;
  }

  /** Encodes more if everything encoded is written; false if the whole batch is written. */
  private boolean encode() {
    if (!bytes.hasRemaining() && unfinished != null) {
      bytes.clear();
      if (unfinished.encode(bytes)) {
        unfinished = null;
      }
      bytes.flip();
    }
    return bytes.hasRemaining();
  }

  /** The number of written bytes. */
  long written() {
    return written;
  }

  /** Whether a part of the batch was written. */
  boolean isBegun() {
    return begun;
  }

  /** Moves the rest of the batch to a new buffer of the necessary size; this one is empty then. */
  PushBuffer moved() {
    PushBuffer own = new PushBuffer(unfinished == null ? bytes.remaining() : BYTES);
    own.batch = batch;
    own.unfinished = unfinished;
    own.begun = begun;
    own.bytes.clear().put(bytes).flip();
    batch = null;
    unfinished = null;
    return own;
  }
}
