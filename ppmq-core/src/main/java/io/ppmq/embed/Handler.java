package io.ppmq.embed;

/** Takes what is delivered. */
@FunctionalInterface
public interface Handler {
  /**
   * Does what a message asks for. Called for one message of a topic at a time, in their order, and
   * for messages of several topics at once; again for a message that was handled before a crash.
   *
   * @throws Exception the message is nacked with what the exception says as the reason: it comes
   *     again after a second, after twice that the next time and so on up to five minutes, and
   *     holds nothing up until then; the others of its batch are acknowledged. After the {@code
   *     deliveriesMax} of its topic it dies. A {@link Nack} says another time, or that it dies
   */
  void handle(Received message) throws Exception;
}
