package io.ppmq.embed;

/** Takes what is delivered. */
@FunctionalInterface
public interface Handler {
  /**
   * Does what a message asks for. Called for one message of a topic at a time, in their order, and
   * for messages of several topics at once; again for a message that was handled before a crash.
   *
   * @throws Exception the message is not acknowledged, and comes again after the topic's {@code
   *     ackRetryMillis}, and no other batch of the topic before; the others of its batch are
   *     acknowledged
   */
  void handle(Received message) throws Exception;
}
