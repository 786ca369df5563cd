package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a subscriber in a topic: batches are chosen for its workers, pushed,
 * acknowledged and redelivered. Got from {@link Topic#subscriber}; valid as long as the subscriber
 * is attached to the topic. Owned by the thread that owns the topic.
 */
public final class SubscriberHandle {
  private final TopicContents contents;
  private final SubscriberQueue queue;
  private final KeyedMessages keyedMessages;
  private final Endings endings;
  private final Uncommitted uncommitted;

  SubscriberHandle(
      TopicContents contents,
      SubscriberQueue queue,
      KeyedMessages keyedMessages,
      Endings endings,
      Uncommitted uncommitted) {
    this.contents = contents;
    this.queue = queue;
    this.keyedMessages = keyedMessages;
    this.endings = endings;
    this.uncommitted = uncommitted;
  }

  // ---- choosing -------------------------------------------------------------------------------

  /** Whether a batch can be chosen for a worker: none is out with it, and something waits. */
  public boolean isReady(Worker worker) {
    return queue.next().isReady(worker);
  }

  /**
   * Whether a batch of this many messages can be chosen for a worker from the messages that were
   * there when {@link Topic#flush} was last called, without going ahead of a message that was
   * published since and comes first. It may turn out smaller.
   */
  public boolean isReadyAhead(Worker worker, int messages) {
    return uncommitted.priorityEnd() > 0
        && queue.next().isReady(worker, uncommitted.count() + messages - 1);
  }

  /**
   * Chooses such a batch. The {@link CommitBarrier} stands before the messages published since.
   *
   * @return null when there turns out to be none
   */
  public @Nullable Batch chooseAhead(Worker worker, BatchLimits limits, long nowMillis) {
    Batch batch = queue.next().chooseAhead(worker, limits, nowMillis, uncommitted.priorityEnd());
    settleDropped(worker);
    return batch;
  }

  /**
   * Prepares the batch that would be next if nothing were out, so that it is ready when it can be
   * chosen. Preparing changes nothing: if something happens meanwhile that may change the batch, it
   * is forgotten.
   *
   * @return the very batch that will be chosen in that case; null when none is prepared
   */
  public @Nullable Batch prepare(BatchLimits limits) {
    return uncommitted.count() > 0 ? null : queue.next().prepare(limits);
  }

  /**
   * Chooses the next batch for a worker. Its messages are out from now on until {@link #pushed},
   * {@link #failed}, {@link #redeliver}, an acknowledgement, or their expiry.
   *
   * @return the batch; null when nothing is to be sent, or when the search used up its turn ({@link
   *     #isReady} tells which)
   */
  public @Nullable Batch choose(Worker worker, BatchLimits limits, long nowMillis) {
    Batch batch = queue.next().choose(worker, limits, nowMillis);
    settleDropped(worker);
    return batch;
  }

  /**
   * Whether {@link #choose} found nothing last, because a newer version of a message that is out
   * with another worker comes first. Choosing is useless until something has changed.
   */
  public boolean isHeldUp() {
    return queue.next().isHeldUp();
  }

  /**
   * Whether {@link #choose} found nothing last, because all other waiting messages are uncommitted.
   * Choosing is useless until more is committed.
   */
  public boolean isHeldBack() {
    return queue.next().isHeldBack();
  }

  /**
   * Messages that a choice found gone have ended; when they cannot be read now, the batch was not
   * chosen.
   */
  private void settleDropped(Worker worker) {
    try {
      for (Outstanding gone = queue.next().firstDropped();
          gone != null;
          gone = queue.next().firstDropped()) {
        endings.ended(queue, gone);
        queue.next().passDropped();
      }
    } catch (StoreException e) {
      queue.inFlight().failed(worker.batch());
      throw e;
    }
  }

  // ---- what becomes of a batch ----------------------------------------------------------------

  /**
   * The batch that is out with a worker was pushed whole.
   *
   * @param nowNanos by the clock that never jumps
   * @param nowMillis by the wall clock, in milliseconds since the epoch
   */
  public void pushed(Worker worker, long nowNanos, long nowMillis) {
    end(queue.inFlight().pushed(worker, nowNanos, nowMillis));
  }

  /**
   * The batch that is out with a worker was not pushed whole: none of its messages counts as sent.
   */
  public void failed(Worker worker) {
    end(queue.inFlight().failed(worker.batch()));
    keyedMessages.returnToPlaces(queue);
  }

  /** Messages that were sent to a worker and are not acknowledged are to be sent again. */
  public void redeliver(Worker worker) {
    queue.inFlight().redeliver(worker.batch());
  }

  /** Messages that are out with a worker wait again, pushed whole or not: the worker is gone. */
  public void takeBack(Worker worker) {
    end(queue.inFlight().takeBack(worker.batch()));
    keyedMessages.returnToPlaces(queue);
  }

  /** Messages that are out with any worker wait again, pushed whole or not. */
  void takeBackAll() {
    for (BatchOut batch : queue.inFlight().batchesOut()) {
      end(queue.inFlight().takeBack(batch));
    }
    keyedMessages.returnToPlaces(queue);
  }

  // ---- the deadline ---------------------------------------------------------------------------

  /**
   * The moment at which the first message that was sent to a worker is to be sent again, by the
   * clock that never jumps; the worker {@link #awaitsAcknowledgement}.
   */
  public long deadlineNanos(Worker worker) {
    return queue.inFlight().deadlineNanos(worker.batch());
  }

  /**
   * Messages that were sent to a worker and are not acknowledged in time are to be sent again: of
   * those that are due, the ones that were sent least often.
   *
   * @return the number of their deliveries; 0 when none is due
   */
  public int redeliverDue(Worker worker, long nowNanos) {
    return queue.inFlight().redeliverDue(worker.batch(), nowNanos);
  }

  /**
   * Restarts the acknowledgement time of these messages.
   *
   * @param by the worker that reports it: messages that are out with another one are not touched;
   *     null when it is not known which
   * @return the keys that are not out
   */
  public List<Bytes> extend(List<Bytes> keys, long nowNanos, @Nullable Worker by) {
    List<Bytes> gone = new ArrayList<>(0);
    for (Bytes key : keys) {
      if (!queue.inFlight().extend(key, nowNanos, by)) {
        gone.add(key);
      }
    }
    return gone;
  }

  /** Whether a batch was pushed whole to a worker and is not all acknowledged. */
  public boolean awaitsAcknowledgement(Worker worker) {
    return worker.batch().awaitsAcknowledgement();
  }

  // ---- ending ---------------------------------------------------------------------------------

  /**
   * The subscriber is done with these messages. A key that is neither out with it nor waits to be
   * sent again is ignored.
   *
   * @param by the worker that reports it: in a topic with dedupe, messages that are out with
   *     another one, and newer versions that were sent to another one last, are not touched; null
   *     when it is not known which
   * @param nowMillis by the wall clock, in milliseconds since the epoch
   */
  public void acknowledge(List<Bytes> keys, @Nullable Worker by, long nowMillis) {
    for (Bytes key : keys) {
      Outstanding message = queue.inFlight().acknowledge(key, by, nowMillis);
      if (message != null) {
        endings.ended(queue, message);
      }
    }
  }

  /**
   * The subscriber could not process these messages. Each that is out is free at once, and waits to
   * be sent again at the moment of the nack; or it dies, and {@link #hasSpent} returns true. A key
   * that is not out is ignored.
   *
   * @param by the worker that reports it: messages that are out with another one are not touched;
   *     null when it is not known which
   * @param nowNanos by the clock that never jumps
   * @param nowMillis by the wall clock, in milliseconds since the epoch
   */
  public void nack(
      List<Bytes> keys, Nack nack, @Nullable Worker by, long nowNanos, long nowMillis) {
    for (Bytes key : keys) {
      Outstanding message =
          queue.inFlight().nack(key, new NackMoment(nack, nowNanos, nowMillis), by);
      if (message != null) {
        endings.ended(queue, message);
      }
    }
  }

  /**
   * Makes nacked messages whose moment has come wait to be sent again.
   *
   * @return whether there is any
   */
  public boolean takeDue(long nowNanos, long nowMillis) {
    return queue.takeDue(nowNanos, nowMillis);
  }

  /** The number of messages that were nacked and are not due yet. */
  public int nacked() {
    return queue.nacked().count();
  }

  /** Whether there is a nacked message with a known moment; {@link #takeDue} makes it known. */
  public boolean hasNacked() {
    return queue.nacked().hasNext();
  }

  /**
   * The moment at which the first nacked message comes due, by the clock that never jumps; there
   * must be one.
   */
  public long nextDueNanos() {
    return queue.nacked().nextNanos();
  }

  /** Whether a message waits that reached its limit of deliveries or dies. */
  public boolean hasSpent() {
    return queue.hasSpent();
  }

  /**
   * Takes out of the queue the messages that reached their limit of deliveries and would have to be
   * sent again; if they are large, only the first of them. Then {@link #hasSpent} says so.
   */
  public List<DeadMessage> takeDead(long nowMillis) {
    Burial burial = new Burial(contents, queue, nowMillis);
    List<DeadMessage> dead = burial.take();
    end(burial.ended());
    endings.died(queue, dead.size());
    return dead;
  }

  private void end(List<Outstanding> ended) {
    for (Outstanding message : ended) {
      endings.ended(queue, message);
    }
  }
}
