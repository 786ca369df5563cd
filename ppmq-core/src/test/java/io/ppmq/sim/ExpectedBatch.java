package io.ppmq.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages of one queue in flight with one worker: at most one batch. */
final class ExpectedBatch {
  final Worker worker;

  /** The batch that is being pushed; null if there is none. */
  @Nullable List<Item> pushing;

  boolean redeliverWhenPushed;

  /** How often the messages in flight became due to be sent again. */
  int redeliveries;

  /** Whether the last batch was pushed over the present connection. */
  boolean pushedHere;

  /** The batch that was pushed last. */
  List<Item> out = List.of();

  /** The number of each delivery in that batch. */
  private final Map<Item, Integer> attempts = new HashMap<>();

  /** The time for a first delivery to be acknowledged, and the longest time; 0 for no limit. */
  private long retryMillis;

  private long retryMillisMax;

  /** No deadline is before this: a reload moved it forward. */
  private long notBeforeNanos;

  /** When the time of messages was restarted. */
  private final Map<Item, Long> extendedNanos = new HashMap<>();

  /** The last deadline that has passed; 0 if there is none. */
  private long passedNanos;

  private long pushedNanos;

  /** Whether it was not seen to become free since it was last sent a batch. */
  private boolean busy;

  private long freeNanos;

  /** Whether it may have become free before that, unseen. */
  private boolean freeBefore;

  /** Whether a message may be in flight that is not expected to be acknowledged. */
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

  /** The batch was pushed completely. */
  void pushed(List<Item> items, long nowNanos) {
    out = items;
    attempts.clear();
    items.forEach(item -> attempts.put(item, item.attempt));
    pushedHere = true;
    pushedNanos = nowNanos;
  }

  /** The batch that was being pushed, and no longer is. */
  List<Item> takePushing() {
    List<Item> batch = pushing;
    pushing = null;
    return batch == null ? List.of() : batch;
  }

  // ---- what is out ----------------------------------------------------------------------------

  /** Whether a message is in flight with this worker. */
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

  /** Whether a message may be in flight besides those expected to be acknowledged. */
  boolean mayHoldMore() {
    return unclear;
  }

  /** Notes the time if nothing is in flight any more. */
  void noteFree(long nowNanos) {
    if (busy && !unclear && pushing == null && out.stream().noneMatch(this::isOut)) {
      busy = false;
      freeNanos = nowNanos;
    }
  }

  /** Whether certainly nothing is in flight. */
  boolean isFree() {
    return !busy;
  }

  /** When it was last seen to become free; 0 if it has not been sent a batch yet. */
  long freeNanos() {
    return freeNanos;
  }

  /** Whether it certainly did not become free earlier. */
  boolean isFreeSinceThen() {
    return !busy && !freeBefore;
  }

  // ---- sending again --------------------------------------------------------------------------

  /**
   * The messages in flight must be acknowledged this long after their push, but not before now.
   *
   * @param millis the time for a first delivery; 0 for no limit
   * @param millisMax the bound up to which it doubles with each further delivery
   */
  void dueIn(long millis, long millisMax, long nowNanos) {
    if (pushing == null) { // otherwise its time begins with the push
      retryMillis = millis;
      retryMillisMax = millisMax;
      notBeforeNanos = nowNanos;
    }
  }

  /** The time of a message in flight starts again. */
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

  /** Whether a message of the same push is not acknowledged in time. */
  boolean isTimeUp(Item item, long nowNanos) {
    return retryMillis != 0 && nowNanos - deadlineNanos(item) >= 0;
  }

  /** Whether the deadline is now: the turn may send a batch before it checks the deadline. */
  boolean isJustUp(long nowNanos) {
    return passedNanos == nowNanos && passedNanos != 0;
  }

  /** Messages not acknowledged in time are to be sent again. */
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

  /** The sent messages are to be sent again from this moment on. */
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

  /** Whether a message in flight was due long before now. */
  boolean isOverdue(Item item, long nowNanos, long lateNanos) {
    return isOut(item) && retryMillis != 0 && nowNanos - deadlineNanos(item) > lateNanos;
  }

  @Override
  public String toString() {
    return "what is out with " + worker;
  }
}
