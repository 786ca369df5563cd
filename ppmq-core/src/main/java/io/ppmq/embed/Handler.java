package io.ppmq.embed;

/** Takes the delivered messages. */
@FunctionalInterface
public interface Handler {
  /**
   * Handles a message. Called for one message of a topic at a time, in order, and for messages of
   * several topics in parallel; called again for a message that was handled before a crash.
   *
   * @throws Exception the message is nacked with the message of the exception as the reason: it
   *     comes again after a second, after twice that the next time and so on up to five minutes,
   *     and delays nothing until then; the others of its batch are acknowledged. After the {@code
   *     deliveriesMax} of its topic it dies. A {@link Nack} sets another time, or that it dies
   */
  void handle(Received message) throws Exception;
}
