package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Origin;

/**
 * A dead letter, with the broker's data about the message that died.
 *
 * @param payload the JSON text of the letter: the history, and the message's payload at the end
 * @param origin the place where the message died, and its original data
 */
public record Letter(Bytes payload, Origin.Buried origin) {
  /** The letter as a message of the dead-letter topic. It does not expire. */
  public Message message() {
    return new Message(null, payload, null, origin.priority());
  }

  /** The message that died, as it was published. */
  public Message original() {
    return new Message(
        origin.key(), origin.payloadIn(payload), origin.expires(), origin.priority());
  }
}
