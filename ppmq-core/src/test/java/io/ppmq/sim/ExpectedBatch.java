package io.ppmq.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** The batch that was pushed last. */
  List<Item> out = List.of();

  /** Which delivery of each message that was. */
  private final Map<Item, Integer> attempts = new HashMap<>();

  /** In which time a first delivery is to be acknowledged, and any; 0 for any time. */
  private long retryMillis;

  private long retryMillisMax;

  /** No deadline is before that: a reload brought it forward. */
  private long notBeforeNanos;

  /** When the time of messages began again. */
  private final Map<Item, Long> extendedNanos = new HashMap<>();

  /** The last deadline that has passed; 0 for none. */
  private long passedNanos;

  private long pushedNanos;

  /** Whether it was not seen to become free since it was sent something. */
  private boolean busy;

  private long freeNanos;

  /** Whether it may have become free before that, unseen. */
  private boolean freeBefore;

  /** Whether something may be out that is not expected to be acknowledged. */
  private boolean unclear;

  ExpectedBatch(Worker worker) {
    this.worker = worker;
  }

  /** A batch is chosen. */
  void chosen(List<Item> items) {
    pushing = items;
    retryMillis = 0;
    extendedNanos.clear();
    busy = true;
    unclear = false;
    freeBefore = false;
    items.forEach(item -> item.with = this);
  }

  /** It was pushed whole. */
  void pushed(List<Item> items, long nowNanos) {
    out = items;
    attempts.clear();
    items.forEach(item -> attempts.put(item, item.attempt));
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
    freeBefore = true;
  }

  /** Whether something may be out beside what is expected to be acknowledged. */
  boolean mayHoldMore() {
    return unclear;
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

  /** Whether it was so, for sure, no earlier. */
  boolean isFreeSinceThen() {
    return !busy && !freeBefore;
  }

  // ---- sending again --------------------------------------------------------------------------

  /**
   * What is out is to be acknowledged so long after it was pushed, but not before now.
   *
   * @param millis the time for a first delivery; 0 for any time
   * @param millisMax up to which it doubles with each further one
   */
  void dueIn(long millis, long millisMax, long nowNanos) {
    if (pushing == null) { // else its time begins when it is pushed
      retryMillis = millis;
      retryMillisMax = millisMax;
      notBeforeNanos = nowNanos;
    }
  }

  /** The time of a message that is out begins again. */
  void extend(Item item, long nowNanos) {
    extendedNanos.put(item, nowNanos);
  }

  private long deadlineNanos(Item item) {
    long sinceNanos = extendedNanos.getOrDefault(item, pushedNanos);
    long millis = retryMillis;
    for (int attempt = attempts.getOrDefault(item, 1); attempt > 1 && millis < retryMillisMax; ) {
      millis = Math.min(2 * millis, retryMillisMax);
      attempt--;
    }
    return Math.max(notBeforeNanos, sinceNanos + 1_000_000 * millis);
  }

  /** Whether a message that was pushed with it is not acknowledged in time. */
  boolean isTimeUp(Item item, long nowNanos) {
    return retryMillis != 0 && nowNanos - deadlineNanos(item) >= 0;
  }

  /** Whether the deadline is now: the turn may send something else before it looks at it. */
  boolean isJustUp(long nowNanos) {
    return passedNanos == nowNanos && passedNanos != 0;
  }

  /** What was not acknowledged in time is to be sent again. */
  void timeUp(long nowNanos) {
    List<Item> due = out.stream().filter(item -> isTimeUp(item, nowNanos)).toList();
    if (due.isEmpty()) {
      return;
    }
    passedNanos = due.stream().mapToLong(this::deadlineNanos).max().getAsLong();
    redeliveries++;
    for (Item item : due) {
      if (isOut(item)) {
        item.state = Item.State.WAITING;
      }
    }
    if (due.size() == out.size()) {
      retryMillis = 0;
      unclear = false;
    }
    noteFree(passedNanos);
  }

  /** What was sent is to be sent again, from this moment on. */
  void redeliver(long nowNanos) {
    timeUp(nowNanos);
    redeliveries++;
    redeliverWhenPushed = pushing != null;
    for (Item item : out) {
      if (isOut(item)) {
        item.state = Item.State.WAITING;
        item.redeliveredNanos = nowNanos;
      }
    }
    retryMillis = 0;
    unclear &= pushing != null;
    noteFree(nowNanos);
  }

  /** Whether a message is out that was due long before now. */
  boolean isOverdue(Item item, long nowNanos, long lateNanos) {
    return isOut(item) && retryMillis != 0 && nowNanos - deadlineNanos(item) > lateNanos;
  }

  @Override
  public String toString() {
    return "what is out with " + worker;
  }
}
