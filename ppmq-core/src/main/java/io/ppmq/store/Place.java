package io.ppmq.store;

/**
 * Where a keyed message waits for a subscriber: an entry in the log of a priority.
 *
 * @param priority the log
 * @param id the entry's id; 0 in {@link #NONE}
 */
public record Place(int priority, long id) {
  /** No place: the message does not wait for that subscriber. Lies before every cursor. */
  public static final Place NONE = new Place(0, 0);
}
