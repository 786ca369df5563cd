package io.ppmq.topic;

import io.ppmq.message.Delivery;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A message that was read and left in its place.
 *
 * @param state its state for the subscriber whose queue was read
 * @param replaced whether it is out, and a newer version of its key came meanwhile: its content is
 *     not kept any more, so the delivery has no payload and no expiry
 * @param publishedAtMillis when it was published, in milliseconds since the epoch; 0 of a replaced
 *     message
 * @param delivery the message as it was, or would be, delivered
 * @param dueAtMillis the moment of a delayed message, in milliseconds since the epoch; 0 of others
 * @param reason the reason of the nack for which it waits; null without one, and if it is not known
 *     any more
 */
public record PeekedMessage(
    State state,
    boolean replaced,
    long publishedAtMillis,
    Delivery delivery,
    long dueAtMillis,
    @Nullable String reason) {
  /** A message that is not delayed and has no reason. */
  public PeekedMessage(State state, boolean replaced, long publishedAtMillis, Delivery delivery) {
    this(state, replaced, publishedAtMillis, delivery, 0, null);
  }

  /** The state of a message for one subscriber. */
  public enum State {
    /** Out with the subscriber and not acknowledged. */
    IN_FLIGHT,
    /** Waits to be sent again. */
    REDELIVER,
    /** Waits, never sent. */
    QUEUED,
    /** Nacked; waits to be sent again, but not yet. */
    NACKED,
    /** Not queued before its moment; for no subscriber yet. */
    DELAYED;

    /** The name as users read it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }
}
