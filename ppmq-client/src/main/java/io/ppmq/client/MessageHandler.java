package io.ppmq.client;

/** Takes messages one by one. */
@FunctionalInterface
public interface MessageHandler {
  /**
   * Handles the message, which is acknowledged when this method returns. Called again for a message
   * that was already handled when its acknowledgement did not reach the broker. Messages of one
   * topic come in their order; with more than one thread, several at a time.
   *
   * @throws Nack the message is delivered again after the pause in the nack, or dies
   * @throws Exception any other exception or error: the message is nacked with the exception's
   *     message as the reason, and is delivered again after the pause of {@link
   *     SubscriberBuilder#retryAfter}. The other messages of its batch are still handled
   */
  void handle(Delivery message) throws Exception;
}
