package io.ppmq.sim;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is out of one queue with one worker: a batch at most. */
final class ExpectedBatch {
  final Worker worker;

  /** The batch that is being pushed; null when none is. */
  @Nullable List<Item> pushing;

  boolean redeliverWhenPushed;

  /** How often what was out was to be sent again. */
  int redeliveries;

  /** Whether the last batch was pushed over the connection that is there now. */
  boolean pushedHere;

  /** The batch that was pushed last, and by when it is to be acknowledged; 0 for never. */
  List<Item> out = List.of();

  long deadlineNanos;

  /** The last deadline that has passed; 0 for none. */
  private long passedNanos;

  private long pushedNanos;

  /** Whether it was not seen to become free since it was sent something. */
  private boolean busy;

  private long freeNanos;

  /** Whether something may be out that is not expected to be acknowledged. */
  private boolean unclear;

  ExpectedBatch(Worker worker) {
    this.worker = worker;
  }

  /** A batch is chosen. */
  void chosen(List<Item> items) {
    pushing = items;
    deadlineNanos = 0;
    busy = true;
    unclear = false;
    items.forEach(item -> item.with = this);
  }

  /** It was pushed whole. */
  void pushed(List<Item> items, long nowNanos) {
    out = items;
    pushedHere = true;
    pushedNanos = nowNanos;
  }

  /** The batch that was being pushed, which is so no more. */
  List<Item> takePushing() {
    List<Item> batch = pushing;
    pushing = null;
    return batch == null ? List.of() : batch;
  }

  // ---- what is out ----------------------------------------------------------------------------

  /** Whether a message is out with this worker. */
  boolean isOut(Item item) {
    return item.with == this && item.state == Item.State.SENT;
  }

  /**
   * A message that is out is in the queue no more, and was not acknowledged: by section 3.4 that
   * alone does not say that it is not out.
   */
  void mayStayOut() {
    unclear = true;
  }

  /** Notes when nothing is out any more. */
  void noteFree(long nowNanos) {
    if (busy && !unclear && pushing == null && out.stream().noneMatch(this::isOut)) {
      busy = false;
      freeNanos = nowNanos;
    }
  }

  /** Whether nothing is out, for sure. */
  boolean isFree() {
    return !busy;
  }

  /** When it was seen to become free last; 0 if it was sent nothing yet. */
  long freeNanos() {
    return freeNanos;
  }

  // ---- sending again --------------------------------------------------------------------------

  /** What is out is to be acknowledged so long after it was pushed, but not before now. */
  void dueIn(long retryMillis, long nowNanos) {
    if (pushing != null) {
      return; // its time begins when it is pushed
    }
    deadlineNanos =
        retryMillis == 0 ? 0 : Math.max(nowNanos, pushedNanos + retryMillis * 1_000_000);
  }

  /** Whether what is out is not acknowledged in time. */
  boolean isTimeUp(long nowNanos) {
    return deadlineNanos != 0 && nowNanos - deadlineNanos >= 0;
  }

  /** Whether the deadline is now: the turn may send something else before it looks at it. */
  boolean isJustUp(long nowNanos) {
    return passedNanos == nowNanos && passedNanos != 0;
  }

  /** What was not acknowledged in time is to be sent again. */
  void timeUp(long nowNanos) {
    if (isTimeUp(nowNanos)) {
      redeliver(nowNanos);
    }
  }

  /** What was sent is to be sent again, from this moment on. */
  void redeliver(long nowNanos) {
    long sinceNanos = isTimeUp(nowNanos) ? deadlineNanos : nowNanos;
    passedNanos = isTimeUp(nowNanos) ? deadlineNanos : passedNanos;
    redeliveries++;
    redeliverWhenPushed = pushing != null;
    for (Item item : out) {
      if (isOut(item)) {
        item.state = Item.State.WAITING;
      }
    }
    deadlineNanos = 0;
    unclear &= pushing != null;
    noteFree(sinceNanos);
  }

  /** Whether what is out was due long before now. */
  boolean isOverdue(long nowNanos, long lateNanos) {
    return deadlineNanos != 0 && nowNanos - deadlineNanos > lateNanos;
  }

  @Override
  public String toString() {
    return "what is out with " + worker;
  }
}
