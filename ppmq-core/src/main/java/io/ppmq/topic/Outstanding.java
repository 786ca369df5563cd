package io.ppmq.topic;

import io.ppmq.message.Bytes;

/**
 * A message that was chosen for a subscriber and is neither acknowledged nor expired.
 *
 * <pre>
 *   chosen ──pushed──▶ sent ──acknowledged──▶ (gone)
 *     │                 │ no acknowledgement in time, or RECONNECT
 *     └─push failed──▶ waiting ──chosen again──▶ chosen
 * </pre>
 *
 * An acknowledgement or the expiry ends it in every state.
 */
final class Outstanding {
  /** Where the message is between being chosen and being acknowledged. */
  enum State {
    /** In a batch that is being pushed. */
    CHOSEN,
    /** In a batch that was pushed whole. */
    SENT,
    /** To be sent again, ahead of everything that was never chosen. */
    WAITING
  }

  final int priority;
  final long id;
  final long entryId;
  final Bytes key;
  final boolean keyed;
  State state = State.WAITING;
  int attempts;
  long version;

  /**
   * A message, first of all waiting.
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
    return state != State.WAITING;
  }
}
