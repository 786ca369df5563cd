package io.ppmq.sim;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/** What is known of one message for one subscriber. */
final class Item {
  /** Where it is on its way. */
  enum State {
    /** Never pushed whole. */
    QUEUED,
    /** In a batch that is being pushed. */
    CHOSEN,
    /** Pushed whole. */
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
    /** Sent as often as it may be, and a dead letter since. */
    DEAD
  }

  final Published message;

  /** Its place in the order in which messages are queued. */
  final int order;

  /** The priority that it has, unless the topic has fewer. */
  final int priority;

  /**
   * The item as it was when it died, and the request that requeued it; null where it never died.
   */
  final @Nullable Item dead;

  final @Nullable Submitted requeuedBy;

  /** The key under which it was sent last; null where it was not. */
  @Nullable Bytes sentAs;

  /** Whether it was requeued, and that is lost. */
  boolean requeueLost;

  State state = State.QUEUED;

  /** What it is in since it was chosen last. */
  @Nullable ExpectedBatch with;

  /** The log where it waits, and its place there. */
  int log;

  long place;

  /** Whether a loss left open where it waits. */
  boolean placeUnknown;

  /** Whether it may be delivered or not, and both are right. */
  boolean unsure;

  /** Whether it may have been dropped to make room while it was out. */
  boolean mayBeEvicted;

  /** With what it was dropped to make room, while it was out; null where it was not, for sure. */
  @Nullable Submitted evictedBy;

  /** When it was last to be sent again, of all that was out with its worker. */
  long redeliveredNanos = -1;

  /** Whether the broker must remember that it was sent. */
  boolean surelySent;

  /** Whether it was chosen since the broker was started. */
  boolean chosenHere;

  /** How often it was pushed whole, and whether the broker must know that number. */
  int pushes;

  boolean pushesKnown = true;

  /** Whether it is to be sent once more, however often it was sent: a restart kills nothing. */
  boolean spared;

  /** What it was before it was chosen. */
  State before = State.QUEUED;

  /** The older version in whose place it was chosen. */
  @Nullable Item older;

  /** Whether it is sent in the older one's place, and then stays there. */
  boolean inOldersPlace;

  /** The acknowledgement that came while it was pushed for the first time. */
  @Nullable Submitted early;

  /** Why it waits longer, or did before; why it will when it was pushed; why it dies. */
  @Nullable ExpectedNack nack;

  @Nullable ExpectedNack lastNack;

  @Nullable ExpectedNack earlyNack;

  @Nullable ExpectedNack doom;

  /** Which attempt the last delivery was. */
  int attempt;

  /** The cause of its end, and its state before. */
  @Nullable Submitted endedBy;

  State ended = State.QUEUED;

  /** Whether it may have ended before. */
  boolean endedUnsure;

  Item(Published message, int log, int place) {
    this(message, log, place, null, null);
  }

  /** A message that had died, to be sent as if it had never been sent. */
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

  /** What put it where it is: the publish, or the last requeue. */
  Submitted queuedBy() {
    return requeuedBy == null ? message.submitted : requeuedBy;
  }

  /**
   * Notes that somebody names it by a broker's key; whether it has that key still. Where a requeue
   * of it is lost, so is the key that it was given then, and it is open which one that was.
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

  /** Whether it is neither with the subscriber nor done. */
  boolean waits() {
    return state == State.QUEUED || state == State.WAITING;
  }

  /** Whether it is out, and was not acknowledged in time. */
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

  /** What ended it is lost: it is there again. */
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
