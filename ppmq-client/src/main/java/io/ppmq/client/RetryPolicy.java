package io.ppmq.client;

/** Says when a message comes again whose handler failed. */
@FunctionalInterface
public interface RetryPolicy {
  /**
   * Decides; called on the handler's thread for every exception but a {@link Nack}, which has
   * decided itself.
   *
   * @param message what failed; {@link Delivery#attempt} says how often it was tried
   */
  RetryAfter after(Delivery message, Throwable failure);
}
