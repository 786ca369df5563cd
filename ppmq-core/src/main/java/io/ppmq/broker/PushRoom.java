package io.ppmq.broker;

import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the memory of batches that sockets have not taken yet, over all workers. A subscriber
 * whose workers take nothing leaves room for others: it has no more than what is still free, so a
 * half where it is the only one, and a third where there are two. One batch may be larger than all
 * of the room when it is alone. Owned by the writer's thread.
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

  /** What one subscriber has of it. */
  Share share(Agenda.Recipient recipient) {
    return new Share(recipient);
  }

  /** What one subscriber has of the room. */
  final class Share {
    private final Agenda.Recipient recipient;
    private long own;

    private Share(Agenda.Recipient recipient) {
      this.recipient = recipient;
    }

    /**
     * Whether a batch of this size may wait for its socket. If not, the subscriber has its turn
     * when there may be room.
     */
    boolean hasRoom(long batchBytes) {
      boolean room = bytes == 0 || own + batchBytes <= BYTES_MAX - bytes;
      if (!room) {
        waiting.add(recipient);
      }
      return room;
    }

    /** Whether a batch that was chosen may wait; its size is looked at only where others wait. */
    boolean hasRoom(Batch batch) {
      return bytes == 0 || hasRoom(bytesOf(batch));
    }

    /** A batch of this size waits for its socket. */
    void took(long batchBytes) {
      bytes += batchBytes;
      own += batchBytes;
    }

    /** That batch does not wait any more. */
    void gave(long batchBytes) {
      bytes -= batchBytes;
      own -= batchBytes;
      waiting.forEach(agenda::dispatch);
      waiting.clear();
    }
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
