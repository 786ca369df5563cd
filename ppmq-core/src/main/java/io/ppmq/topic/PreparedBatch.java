package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's next batch, prepared while the last one is out, so that it is ready when that is
 * acknowledged. None of its messages is chosen: they wait where they waited. If anything has
 * happened that might change the batch, it is not used.
 *
 * <p>Only the plain case is prepared, which is the common one under load: a full batch out of one
 * log, of messages that do not expire and have no producer's key, with no message before them.
 */
final class PreparedBatch {
  /**
   * A batch with more payload is read when it is chosen, because it is too much to keep for a long
   * time.
   */
  static final int PAYLOAD_BYTES_MAX = 64 << 10;

  private final TopicContents topic;
  private final BatchLimits limits;
  private final LogReader from;
  private final long fromEdition;
  private final LogReader after;
  private final long givenBefore;
  private final List<Outstanding> messages = new ArrayList<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private final Batch batch;

  private PreparedBatch(
      String subscriber,
      TopicContents topic,
      BatchLimits limits,
      LogReader from,
      long givenBefore) {
    this.topic = topic;
    this.limits = limits;
    this.from = from;
    this.fromEdition = from.edition();
    this.after = from.copy();
    this.givenBefore = givenBefore;
    this.batch = new Batch(topic.settings().name(), subscriber, deliveries);
  }

  /**
   * The batch that would be chosen if nothing were out.
   *
   * @return null when there is none, or not a plain one
   */
  static @Nullable PreparedBatch of(
      String subscriber, TopicContents topic, Cursors cursors, BatchLimits limits) {
    LogReader from = cursors.onlyFront();
    if (from == null) {
      return null;
    }
    PreparedBatch prepared =
        new PreparedBatch(subscriber, topic, limits, from, cursors.readers().givenBefore(from));
    return prepared.fill() ? prepared : null;
  }

  /** Takes the messages of the batch; false when it is not full, or not plain. */
  private boolean fill() {
    long payloadBytes = 0;
    while (messages.size() < limits.messagesMax()) {
      if (!after.find() || !isPlain()) {
        return false;
      }
      payloadBytes += after.payload().length();
      if (payloadBytes > limits.payloadBytesMax() && !messages.isEmpty()) {
        return true;
      }
      if (payloadBytes > PAYLOAD_BYTES_MAX) {
        return false;
      }
      add();
      after.pass();
    }
    return true;
  }

  private boolean isPlain() {
    return !after.current().isPlace()
        && !topic.barrier().holds(after.id())
        && !(topic.settings().expire() && after.endMillis() != Entry.NEVER);
  }

  private void add() {
    Bytes key = topic.brokerKey(after.id());
    Outstanding message = after.outstanding(key, false);
    messages.add(message);
    deliveries.add(topic.delivery(after, key));
  }

  /** The messages to be sent, if it is chosen. */
  Batch batch() {
    return batch;
  }

  /** Whether it would be chosen now, of the priorities below {@code end}. */
  boolean isNext(Cursors cursors, OutstandingMessages outstanding, BatchLimits now, int end) {
    return limits.equals(now)
        && outstanding.waiting().count() == 0
        && !cursors.passed().isAnyFree()
        && outstanding.roomForNew() >= messages.size()
        && topic.settings().nearestPriority(from.log().priority()) < end
        && cursors.readers().has(from)
        && from.edition() == fromEdition
        && cursors.readers().givenBefore(from) == givenBefore;
  }

  /** Chooses it: the cursor moves, and its messages are outstanding. */
  Batch choose(Cursors cursors, OutstandingMessages outstanding, Worker worker) {
    BatchOut out = outstanding.out().begin(worker);
    cursors.goOn(after);
    for (int i = 0; i < messages.size(); i++) {
      outstanding.add(messages.get(i));
      outstanding.out().choose(out, messages.get(i), deliveries.get(i));
    }
    return batch;
  }
}
