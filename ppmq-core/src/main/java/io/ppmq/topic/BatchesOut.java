package io.ppmq.topic;

import static java.util.Objects.requireNonNull;

import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The batches of a subscriber with messages out, at most one for each worker, in the order in which
 * they were chosen; and the first moment at which a message that is out may have to end.
 */
final class BatchesOut {
  private final PassedPlaces passed;
  private final Set<BatchOut> batches = new LinkedHashSet<>();
  private int messageCount;
  private long nextEndMillis = Entry.NEVER;

  BatchesOut(PassedPlaces passed) {
    this.passed = passed;
  }

  /** The number of messages that are out, in all batches. */
  int messageCount() {
    return messageCount;
  }

  /** The messages that are out, batch by batch, each batch in its order. */
  List<Outstanding> messages() {
    List<Outstanding> messages = new ArrayList<>(messageCount);
    for (BatchOut batch : batches) {
      for (Outstanding message : batch.messages()) {
        if (batch.isIn(message)) {
          messages.add(message);
        }
      }
    }
    return messages;
  }

  List<BatchOut> all() {
    return List.copyOf(batches);
  }

  // ---- going out and coming back --------------------------------------------------------------

  /** Begins a batch for a worker with which nothing is out. */
  BatchOut begin(Worker worker) {
    if (worker.isBusy()) {
      throw new IllegalStateException("a batch is out with this worker");
    }
    BatchOut batch = new BatchOut();
    worker.begin(batch);
    if (batches.isEmpty()) {
      nextEndMillis = Entry.NEVER;
    }
    return batch;
  }

  /** Puts a message, whose end was noted, into a batch that was begun. */
  void choose(BatchOut batch, Outstanding message, Delivery delivery) {
    message.state = Outstanding.State.CHOSEN;
    message.acknowledgedEarly = false;
    message.nack = null;
    message.payloadBytes = delivery.payload().length();
    batch.add(message);
    batches.add(batch);
    passed.out(message.key);
    messageCount++;
  }

  /** A message that was being pushed was sent. */
  void sent(Outstanding message) {
    message.state = Outstanding.State.SENT;
    message.attempts++;
    nextEndMillis = Math.min(nextEndMillis, message.endsAtMillis);
  }

  /** A message is not out any more. */
  void comeBack(Outstanding message) {
    Outstanding.Together batch = requireNonNull(message.batch);
    messageCount--;
    passed.back(message.key);
    batch.leave();
    if (batch.inFlight() == 0) {
      batches.remove(batch);
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  /**
   * The next moment at which a message that is out may have to end; {@link Entry#NEVER} if none
   * may. A message that is being pushed does not end: should the push fail, its place may be for a
   * newer one.
   */
  long nextEndMillis() {
    return nextEndMillis;
  }

  /** The messages that were sent and must end by now. */
  List<Outstanding> ending(long nowMillis) {
    List<Outstanding> ending = new ArrayList<>();
    nextEndMillis = Entry.NEVER;
    for (Outstanding message : messages()) {
      if (message.state == Outstanding.State.SENT) {
        if (message.endsAtMillis <= nowMillis) {
          ending.add(message);
        } else {
          nextEndMillis = Math.min(nextEndMillis, message.endsAtMillis);
        }
      }
    }
    return ending;
  }
}
