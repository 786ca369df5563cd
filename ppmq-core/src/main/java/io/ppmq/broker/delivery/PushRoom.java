package io.ppmq.broker.delivery;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.stats.Bound;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the memory of batches that sockets have not taken yet, over all workers. A subscriber
 * whose workers take nothing leaves room for others: it may take no more than is still free: a half
 * if it is the only one, a third if there are two. One batch may be larger than all of the room
 * when it is alone.
 *
 * <p>Many such subscribers fill all of it. So while another subscriber waits, a sender whose socket
 * takes nothing is ended ({@link Sender#endIfStuck}), and its subscriber has its share of the first
 * half alone until a batch of it is taken whole: the rest is for the others. Owned by the writer's
 * thread.
 */
public final class PushRoom {
  static final long BYTES_MAX = 8 << 20;

  /** The approximate memory of a message in a batch, besides its key and payload. */
  private static final int MESSAGE_BYTES = 80;

  /** The interval of the checks for sockets that take nothing, while batches wait. */
  private static final long LOOK_NANOS = 1_000_000_000;

  private final Agenda agenda;
  private final Timers timers;
  private final Set<Agenda.Recipient> waiting = new LinkedHashSet<>();
  private final Set<Holder> holders = new LinkedHashSet<>();
  private boolean looking;
  private long bytes;

  PushRoom(Agenda agenda, Timers timers) {
    this.agenda = agenda;
    this.timers = timers;
  }

  /** A worker with a batch that waits for its socket. */
  interface Holder {
    /** Ends the connection if its socket takes nothing. */
    void endIfStuck();
  }

  private void look(Turn turn) {
    looking = false;
    if (!waiting.isEmpty()) {
      for (Holder holder : List.copyOf(holders)) {
        holder.endIfStuck();
      }
    }
    lookAgain(turn);
  }

  private void lookAgain(Turn turn) {
    if (!looking && !holders.isEmpty()) {
      looking = true;
      timers.at(turn.nowNanos() + LOOK_NANOS, this::look);
    }
  }

  /** The used part. */
  public Bound bound() {
    return new Bound(
        "unwritten_batch_bytes",
        "Memory of batches that subscribers have not read yet.",
        bytes,
        BYTES_MAX);
  }

  /** The share of one subscriber. */
  Share share(Agenda.Recipient recipient) {
    return new Share(recipient);
  }

  /** The share of one subscriber in the room. */
  final class Share {
    private final Agenda.Recipient recipient;
    private long own;
    private boolean stuck;

    private Share(Agenda.Recipient recipient) {
      this.recipient = recipient;
    }

    /**
     * Whether a batch of this size may wait for its socket. If not, the subscriber has its turn
     * when there may be room.
     */
    boolean hasRoom(long batchBytes) {
      long max = stuck ? BYTES_MAX / 2 : BYTES_MAX;
      boolean room = bytes == 0 || own + batchBytes <= max - bytes;
      if (!room) {
        waiting.add(recipient);
      }
      return room;
    }

    /** Whether a chosen batch may wait; its size is checked only while others wait. */
    boolean hasRoom(Batch batch) {
      return bytes == 0 || hasRoom(bytesOf(batch));
    }

    /** A batch of this size waits for the socket of a worker. */
    void took(long batchBytes, Holder holder, Turn turn) {
      bytes += batchBytes;
      own += batchBytes;
      holders.add(holder);
      lookAgain(turn);
    }

    /** A batch was taken whole. */
    void taken() {
      stuck = false;
    }

    /** The socket of a worker took nothing. */
    void stuck() {
      stuck = true;
    }

    /** That batch does not wait any more. */
    void gave(long batchBytes, Holder holder) {
      holders.remove(holder);
      bytes -= batchBytes;
      own -= batchBytes;
      waiting.forEach(agenda::dispatch);
      waiting.clear();
    }
  }

  /** The approximate memory of a batch. */
  static long bytesOf(Batch batch) {
    List<Delivery> deliveries = batch.deliveries();
    long sum = (long) MESSAGE_BYTES * deliveries.size();
    for (Delivery delivery : deliveries) {
      sum += delivery.key().length() + delivery.payload().length();
    }
    return sum;
  }
}
