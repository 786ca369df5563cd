package io.ppmq.client;

/** Says when a message whose handler failed comes again. */
@FunctionalInterface
public interface RetryPolicy {
  /**
   * Decides; called on the handler's thread for every exception but a {@link Nack}, which has
   * decided itself.
   *
   * @param message the message that failed; {@link Delivery#attempt} says how often it was tried
   */
  RetryAfter after(Delivery message, Throwable failure);
}
