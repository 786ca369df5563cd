package io.ppmq.client;

/** Takes messages one by one. */
@FunctionalInterface
public interface MessageHandler {
  /**
   * Handles the message; it is acknowledged when this returns. Called again for a message that was
   * handled already when its acknowledgement did not reach the broker. The messages of one topic
   * come in their order; with more threads than one several at a time.
   *
   * @throws Nack the message is to come again when the nack says, or to die
   * @throws Exception any other, and any error: the message is nacked with the exception's message
   *     as the reason, and comes again after the pause of {@link SubscriberBuilder#retryAfter}. The
   *     others of its batch go on
   */
  void handle(Delivery message) throws Exception;
}
