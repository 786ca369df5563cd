package io.ppmq.broker;

import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the memory of batches that sockets have not taken yet, over all workers: whoever has one
 * to send waits while there is no room for it. One batch may be larger when it is alone. Owned by
 * the writer's thread.
 */
final class PushRoom {
  static final long BYTES_MAX = 8 << 20;

  /** About what a message in a batch takes of memory, beside its key and payload. */
  private static final int MESSAGE_BYTES = 80;

  private final Agenda agenda;
  private final Set<Agenda.Recipient> waiting = new LinkedHashSet<>();
  private long bytes;

  PushRoom(Agenda agenda) {
    this.agenda = agenda;
  }

  /**
   * Whether a batch of this size may be chosen. If not, the recipient has its turn when there may
   * be room.
   */
  boolean hasRoom(long batchBytes, Agenda.Recipient recipient) {
    boolean room = bytes == 0 || bytes + batchBytes <= BYTES_MAX;
    if (!room) {
      waiting.add(recipient);
    }
    return room;
  }

  /** A batch of this size waits for its socket. */
  void took(long batchBytes) {
    bytes += batchBytes;
  }

  /** That batch does not wait any more. */
  void gave(long batchBytes) {
    bytes -= batchBytes;
    waiting.forEach(agenda::dispatch);
    waiting.clear();
  }

  /** About how much memory a batch takes. */
  static long bytesOf(Batch batch) {
    List<Delivery> deliveries = batch.deliveries();
    long sum = (long) MESSAGE_BYTES * deliveries.size();
    for (Delivery delivery : deliveries) {
      sum += delivery.key().length() + delivery.payload().length();
    }
    return sum;
  }
}
