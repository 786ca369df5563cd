package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a peek shows.
 *
 * @param priority the priority; null for any
 * @param key the key; null for any
 * @param state the state; null for any
 */
public record PeekFilter(
    @Nullable Integer priority, @Nullable Bytes key, PeekedMessage.@Nullable State state) {
  /** All of them. */
  public static final PeekFilter ALL = new PeekFilter(null, null, null);

  /** After this many bytes of payload a peek takes no further message. */
  public static final long PAYLOAD_BYTES_MAX = 4 << 20;

  /**
   * Without a filter the first messages are enough; with one, many may have to be read to find one.
   */
  private static final int LOOKS_FILTERED_MAX = 50_000;

  private static final int LOOKS_MAX = 4096;

  boolean takes(PeekedMessage.State in, Delivery delivery) {
    return (state == null || state == in)
        && takesPriority(delivery.priority())
        && (key == null || key.equals(delivery.key()));
  }

  boolean takesPriority(int of) {
    return priority == null || priority == of;
  }

  /** Whether it takes messages that were never sent. */
  boolean takesQueued() {
    return state == null || state == PeekedMessage.State.QUEUED;
  }

  /** The number of never-sent messages of each priority that are read. */
  int looksMax() {
    return equals(ALL) ? LOOKS_MAX : LOOKS_FILTERED_MAX;
  }
}
