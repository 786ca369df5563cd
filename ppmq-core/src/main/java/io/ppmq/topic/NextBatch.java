package io.ppmq.topic;

import io.ppmq.store.StoreException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The next batch for one subscriber: a {@link PreparedBatch}, if there is one and it would still be
 * chosen, and else a {@link BatchSelection}.
 */
final class NextBatch {
  /**
   * After this many choices that found nothing although messages are counted, the disk has lost
   * them. One choice is not enough: uncommitted messages are counted, and cannot be read.
   */
  static final int IN_VAIN_MAX = 100;

  private final String subscriber;
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final QueueCounters counters;
  private final ArrayDeque<Outstanding> dropped = new ArrayDeque<>();
  private int inVain;
  private boolean heldUp;
  private boolean heldBack;
  private @Nullable PreparedBatch prepared;

  NextBatch(
      String subscriber,
      TopicContents topic,
      Cursors cursors,
      OutstandingMessages outstanding,
      QueueCounters counters) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.cursors = cursors;
    this.outstanding = outstanding;
    this.counters = counters;
  }

  /** Whether a batch can be chosen for a worker: none is out with it, and something waits. */
  boolean isReady(Worker worker) {
    return isReady(worker, 0);
  }

  /** Whether a batch can be chosen for a worker, and this many messages and one more wait. */
  boolean isReady(Worker worker, long more) {
    return worker.batch().inFlight() == 0 && cursors.isAttached() && counters.sendable() > more;
  }

  /**
   * Chooses the next batch and counts its messages as out. Null when nothing is to be sent, or when
   * the search used up its turn; {@link #isReady} tells which.
   */
  @Nullable Batch choose(Worker worker, BatchLimits limits, long nowMillis) {
    Batch ready = takePrepared(worker, limits, topic.settings().priorities());
    if (ready != null) {
      inVain = 0;
      heldUp = false;
      heldBack = false;
      return ready;
    }
    BatchSelection selection =
        new BatchSelection(topic, cursors, outstanding, worker, counters, limits, nowMillis);
    Batch batch = fill(worker, selection, topic.settings().priorities());
    inVain = selection.isInVain() ? inVain + 1 : 0;
    heldUp = selection.isHeldUp();
    heldBack = selection.isHeldBack();
    if (inVain == IN_VAIN_MAX) {
      inVain = 0;
      cursors.forgetLost();
    }
    return batch;
  }

  /**
   * Whether the last choice found nothing, because of a message that is out with another worker.
   */
  boolean isHeldUp() {
    return heldUp;
  }

  /** Whether the last choice found nothing, because all other waiting messages are uncommitted. */
  boolean isHeldBack() {
    return heldBack;
  }

  /** Chooses the next batch of the priorities below {@code end} alone. */
  @Nullable Batch chooseAhead(Worker worker, BatchLimits limits, long nowMillis, int end) {
    Batch ready = takePrepared(worker, limits, end);
    if (ready != null) {
      return ready;
    }
    BatchSelection selection =
        new BatchSelection(topic, cursors, outstanding, worker, counters, limits, nowMillis);
    return fill(worker, selection, Math.min(end, topic.settings().priorities()));
  }

  /**
   * Prepares the batch that would be chosen next if nothing were out; it is chosen if nothing else
   * happens. All published messages must be committed.
   *
   * @return that batch; null when none is prepared
   */
  @Nullable Batch prepare(BatchLimits limits) {
    prepared = PreparedBatch.of(subscriber, topic, cursors, limits);
    if (prepared == null) {
      cursors.readers().readPlacesAhead();
      return null;
    }
    return prepared.batch();
  }

  /** Chooses the prepared batch, if it would still be chosen; it is no longer prepared then. */
  private @Nullable Batch takePrepared(Worker worker, BatchLimits limits, int end) {
    PreparedBatch ready = prepared;
    prepared = null;
    if (ready == null || !ready.isNext(cursors, outstanding, limits, end)) {
      return null;
    }
    return ready.choose(cursors, outstanding, worker);
  }

  private @Nullable Batch fill(Worker worker, BatchSelection selection, int end) {
    try {
      selection.fill(end);
    } catch (StoreException e) {
      putBack(worker.batch());
      throw e;
    } finally {
      dropped.addAll(selection.dropped());
    }
    return selection.deliveries().isEmpty()
        ? null
        : new Batch(topic.settings().name(), subscriber, selection.deliveries());
  }

  /** The first that was found expired, is not in the queue any more and is not settled yet. */
  @Nullable Outstanding firstDropped() {
    return dropped.peek();
  }

  /** The first of those is settled. */
  void passDropped() {
    dropped.remove();
  }

  // ---- putting back ---------------------------------------------------------------------------

  /** The messages of a batch that was not pushed whole wait as before. */
  void putBack(BatchOut batch) {
    batch.redeliverWhenPushed(false);
    prepared = null;
    outstanding.putBackAll(batch, Outstanding.State.CHOSEN);
    cursors.readers().release();
  }

  /** Forgets the prepared batch: it may no longer be the next one. */
  void forgetPrepared() {
    prepared = null;
  }
}
