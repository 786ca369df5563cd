package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import org.jspecify.annotations.Nullable;

/**
 * A message that was chosen for a subscriber and is neither acknowledged nor expired.
 *
 * <pre>
 *   chosen ──pushed──▶ sent ──acknowledged──▶ (gone)
 *     │                 │ │ nacked ──▶ nacked ──due──▶ waiting
 *     │                 │ no acknowledgement in time, or RECONNECT
 *     └─push failed──▶ waiting ──chosen again──▶ chosen
 * </pre>
 *
 * The expiry ends it in every state, and so does an acknowledgement, unless the message has a
 * producer's key. Then an older message may have had that key: the acknowledgement counts for the
 * version that was sent. If none was, it does nothing; if a newer one is just being pushed, the end
 * of the push decides.
 */
final class Outstanding {
  /** The state of a message between being chosen and being acknowledged. */
  enum State {
    /** In a batch that is being pushed. */
    CHOSEN,
    /** In a batch that was pushed whole. */
    SENT,
    /** To be sent again, ahead of everything that was never chosen. */
    WAITING,
    /** To be sent again, but not yet: the subscriber reported that it could not process it. */
    NACKED
  }

  /** The messages that are out together, from the view of one of them. */
  interface Together {
    /** One of them is not out any more. */
    void leave();

    /** The number of those that are out. */
    int inFlight();
  }

  final int priority;
  final long id;
  final long entryId;
  final Bytes key;
  final boolean keyed;
  State state = State.WAITING;

  /** The batch in which it was chosen last; null when it never was. */
  @Nullable Together batch;

  /** The version that was pushed last; 0 while none was. Only for a keyed message. */
  long version;

  /** The worker to which it was pushed last; null if that was before a restart, or never was. */
  @Nullable WorkerIdentity sentTo;

  /** Whether the present broker pushed an older version before: a late answer may be about that. */
  boolean hasOlder;

  /** The number of pushes of that version. */
  int attempts;

  /** The version that was chosen, while the message is {@link State#CHOSEN}. */
  long chosenVersion;

  /** Whether it was acknowledged while it was being pushed. */
  boolean acknowledgedEarly;

  /** When it was acknowledged last, by the wall clock, in milliseconds since the epoch. */
  long acknowledgedMillis;

  /**
   * The nack for which it is {@link State#NACKED}, or dies; or one that came while it was being
   * pushed, which the end of the push carries out. Null without one.
   */
  @Nullable NackMoment nack;

  /** Its saved form while it is {@link State#NACKED}; null until it is needed. */
  Progress.@Nullable Unacknowledged nackedForm;

  /**
   * Whether it was evicted while it was out, to make room: it is not sent again, and not retained.
   */
  boolean evicted;

  /** Whether it waits to be buried, and is not sent again. */
  boolean dies;

  /**
   * When a message that is out expires, in milliseconds since the epoch, as the producer wrote it:
   * the store does not report messages that were replaced or evicted meanwhile, or that were
   * published while nothing expired in the topic.
   */
  long endsAtMillis = Entry.NEVER;

  /** When it was stored or came due, in milliseconds since the epoch; known once it was chosen. */
  long publishedAtMillis;

  /** The size of its payload; below 0 while it was not looked at. */
  int payloadBytes = -1;

  /**
   * A message, which waits at first.
   *
   * @param priority its log
   * @param id its id, or that of the place where it waited
   * @param entryId the first id of the entry that holds it, so that the entry is kept
   * @param key the key under which it is delivered
   * @param keyed whether the key is the producer's and the message is kept under it
   */
  Outstanding(int priority, long id, long entryId, Bytes key, boolean keyed) {
    this.priority = priority;
    this.id = id;
    this.entryId = entryId;
    this.key = key;
    this.keyed = keyed;
  }

  boolean isOut() {
    return state == State.CHOSEN || state == State.SENT;
  }

  /** Whether it was nacked and is not due yet. */
  boolean isNacked() {
    return state == State.NACKED;
  }

  /** Whether a nack has killed it, and it is not buried yet. */
  boolean isDoomed() {
    return state == State.WAITING && nack != null;
  }

  /** Whether it has a producer's key, was chosen and put back, and was never sent. */
  boolean isNeverSent() {
    return keyed && !isOut() && version == 0;
  }

  /** Whether it is being pushed in a version that was not sent before. */
  boolean isNewVersionChosen() {
    return keyed && state == State.CHOSEN && version != chosenVersion;
  }

  /** The version that is out; if none is, the one that was. */
  long outVersion() {
    return state == State.CHOSEN ? chosenVersion : version;
  }

  /** The number of the delivery of this version, if it is pushed now. */
  int attempt(long pushedVersion) {
    return !keyed || version == pushedVersion ? attempts + 1 : 1;
  }

  /** Whether it is, or will be, the newest version that is sent in this message's turn. */
  boolean sendsNewest(KeyedMessage kept) {
    return !isOut() || outVersion() == kept.version();
  }

  /** The number of the delivery of this version that is out, or else of the next one. */
  int shownAttempt(long shownVersion) {
    return state == State.SENT ? attempts : attempt(shownVersion);
  }

  /** Its state, in the words of {@code ppmq peek}. */
  PeekedMessage.State shownState() {
    if (isOut()) {
      return PeekedMessage.State.IN_FLIGHT;
    }
    if (isNacked()) {
      return PeekedMessage.State.NACKED;
    }
    return attempts > 0 ? PeekedMessage.State.REDELIVER : PeekedMessage.State.QUEUED;
  }

  /**
   * The reason of the nack for which it waits; null without one, or if it is not known any more.
   */
  @Nullable String shownReason() {
    return isNacked() && nack != null ? nack.nack().reason() : null;
  }

  /** The place where it waited when it was chosen. */
  Place place() {
    return new Place(priority, id);
  }

  /**
   * This message, for saving.
   *
   * @param untilDue until when it waits, where it was nacked
   */
  Progress.Unacknowledged saved(Progress.@Nullable Nacked untilDue) {
    return new Progress.Unacknowledged(
        priority, id, entryId, attempts, version, keyed ? key : null, untilDue);
  }
}
