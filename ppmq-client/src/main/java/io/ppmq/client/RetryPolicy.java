package io.ppmq.client;

/** Chooses the pause of a message whose handler failed. */
@FunctionalInterface
public interface RetryPolicy {
  /**
   * Chooses the pause. Called on the handler's thread for every exception except {@link Nack},
   * which carries its own pause.
   *
   * @param message the message that failed; {@link Delivery#attempt} counts its deliveries
   */
  RetryAfter after(Delivery message, Throwable failure);
}
