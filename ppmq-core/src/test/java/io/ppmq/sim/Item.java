package io.ppmq.sim;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/** The known state of one message for one subscriber. */
final class Item {
  /** The stages of a message. */
  enum State {
    /** Never pushed completely. */
    QUEUED,
    /** In a batch that is being pushed. */
    CHOSEN,
    /** Pushed completely. */
    SENT,
    /** To be sent again. */
    WAITING,
    /** Acknowledged. */
    ACKNOWLEDGED,
    /** Replaced by a newer version. */
    REPLACED,
    /** Taken out of the queue by an administrator. */
    PURGED,
    /** Dropped to make room. */
    EVICTED,
    /** Sent as often as allowed, and a dead letter since. */
    DEAD
  }

  final Published message;

  /** Its place in the order in which messages are queued. */
  final int order;

  /** Its priority, unless the topic has fewer. */
  final int priority;

  /** The item as it was when it died, and the request that requeued it; null if it never died. */
  final @Nullable Item dead;

  final @Nullable Submitted requeuedBy;

  /** The key of its last delivery; null if there was none. */
  @Nullable Bytes sentAs;

  /** Whether it was requeued, and the requeue was lost. */
  boolean requeueLost;

  State state = State.QUEUED;

  /** The batch for which it was last chosen. */
  @Nullable ExpectedBatch with;

  /** The worker to which the present broker pushed it completely last; null if to none. */
  @Nullable Worker sentTo;

  /** Whether the present broker pushed it in the place of an older version. */
  boolean afterOlder;

  /** The log in which it waits, and its place there. */
  int log;

  long place;

  /** Whether a loss left open where it waits. */
  boolean placeUnknown;

  /** Whether both its delivery and its absence are right. */
  boolean unsure;

  /** Whether it may have been dropped to make room while it was in flight. */
  boolean mayBeEvicted;

  /**
   * The attempt with which it was dropped to make room while in flight; null if it certainly was
   * not.
   */
  @Nullable Submitted evictedBy;

  /** When it last became due to be sent again, with everything in flight with its worker. */
  long redeliveredNanos = -1;

  /** Whether the broker must remember that it was sent. */
  boolean surelySent;

  /** Whether it was chosen since the start of the broker. */
  boolean chosenHere;

  /** The number of its complete pushes, and whether the broker must know that number. */
  int pushes;

  boolean pushesKnown = true;

  /** Whether it is to be sent once more, however often it was sent: a restart kills nothing. */
  boolean spared;

  /** Its state before it was chosen. */
  State before = State.QUEUED;

  /** The older version whose place it took when it was chosen. */
  @Nullable Item older;

  /** Whether it is sent in the older one's place, and then stays there. */
  boolean inOldersPlace;

  /** The acknowledgement that arrived during its first push. */
  @Nullable Submitted early;

  /** Why it waits longer, or did before; why it will when it was pushed; why it dies. */
  @Nullable ExpectedNack nack;

  @Nullable ExpectedNack lastNack;

  @Nullable ExpectedNack earlyNack;

  @Nullable ExpectedNack doom;

  /** The attempt number of the last delivery. */
  int attempt;

  /** The cause of its end, and its state before. */
  @Nullable Submitted endedBy;

  State ended = State.QUEUED;

  /** Whether it may have ended before. */
  boolean endedUnsure;

  Item(Published message, int log, int place) {
    this(message, log, place, null, null);
  }

  /** A dead message, to be sent as if it had never been sent. */
  Item(Item dead, int log, int place, Submitted requeuedBy) {
    this(dead.message, log, place, dead, requeuedBy);
  }

  private Item(
      Published message, int log, int place, @Nullable Item dead, @Nullable Submitted requeuedBy) {
    this.message = message;
    this.priority = log;
    this.log = log;
    this.order = place;
    this.place = place;
    this.dead = dead;
    this.requeuedBy = requeuedBy;
  }

  boolean isRequeued() {
    return dead != null;
  }

  /** The request that put it into its place: the publish, or the last requeue. */
  Submitted queuedBy() {
    return requeuedBy == null ? message.submitted : requeuedBy;
  }

  /**
   * Notes that a subscriber names it by a broker's key; returns whether it still has that key. If
   * its requeue is lost, so is the key of that requeue, and its key is open.
   */
  boolean noteNamed(Bytes key) {
    if (requeueLost && !key.equals(sentAs)) {
      unsure |= isLive();
      return false;
    }
    return !isRequeued() || key.equals(sentAs);
  }

  boolean isLive() {
    return state.compareTo(State.WAITING) <= 0;
  }

  /** Whether it is neither with the subscriber nor finished. */
  boolean waits() {
    return state == State.QUEUED || state == State.WAITING;
  }

  /** Whether it is in flight and was not acknowledged in time. */
  boolean isTimeUp(long nowNanos) {
    return state == State.SENT && with != null && with.isTimeUp(this, nowNanos);
  }

  void end(State how, @Nullable Submitted by) {
    ended = state;
    state = how;
    endedBy = by;
    endedUnsure = unsure;
    unsure = false;
  }

  /** The event that ended it is lost: it exists again. */
  void revive() {
    state = ended == State.QUEUED ? State.QUEUED : State.WAITING;
    endedBy = null;
    doom = null;
    if (nack != null) {
      nack.sure = false;
    }
    unsure = endedUnsure;
    placeUnknown = true;
    surelySent = false;
    chosenHere = false;
  }

  @Override
  public String toString() {
    return message + " " + state + " at " + log + "/" + place + (unsure ? " (unsure)" : "");
  }
}
