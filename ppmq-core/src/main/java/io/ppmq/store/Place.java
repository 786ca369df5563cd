package io.ppmq.store;

import org.jspecify.annotations.Nullable;

/**
 * The place where a keyed message waits for a subscriber: an entry in the log of a priority.
 *
 * @param priority the log
 * @param id the entry's id; 0 in {@link #NONE}
 */
public record Place(int priority, long id) {
  /** No place: the message does not wait for that subscriber. Lies before every cursor. */
  public static final Place NONE = new Place(0, 0);

  // Written by hand: the JDK generates its own at the first use, which takes 20 ms.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Place place && priority == place.priority && id == place.id;
  }

  @Override
  public int hashCode() {
    return 31 * priority + Long.hashCode(id);
  }
}
