package io.ppmq.client;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that a handler has, and the way to tell the broker of it. Safe for any thread.
 *
 * <p>Acknowledgements and nacks go only over the connection on which it came. When that is lost,
 * the broker delivers the message again, and the result of this delivery has no effect. The same
 * when a newer version of its key has come since.
 */
public final class Delivery {
  private final Handling handling;
  private final String topic;
  private final ReceivedMessage message;

  /** Guarded by the handling's lock: whether the handler has it at this moment. */
  boolean isRunning;

  Delivery(Handling handling, String topic, ReceivedMessage message) {
    this.handling = handling;
    this.topic = topic;
    this.message = message;
  }

  /** The topic that it came from. */
  public String topic() {
    return topic;
  }

  /** The message as it came, for what outlives the handler. */
  public ReceivedMessage message() {
    return message;
  }

  /** The name of the message within its topic. */
  public String key() {
    return message.key();
  }

  /** The JSON text of the payload; a string with its quotes and escapes. */
  public String payload() {
    return message.payload();
  }

  /** The characters of a payload that is a JSON string, the JSON text of any other. */
  public String payloadText() {
    return message.payloadText();
  }

  /** The time at which it expires; null when it never does. */
  public @Nullable Instant expires() {
    return message.expires();
  }

  /** 0 is the highest. */
  public int priority() {
    return message.priority();
  }

  /** 1 the first time, more when it was delivered before and not acknowledged. */
  public int attempt() {
    return message.attempt();
  }

  /**
   * Whether a word about this delivery still counts: false once it was acknowledged or nacked, its
   * connection was lost, or a newer version has come.
   */
  public boolean isOut() {
    return handling.isOut(this);
  }

  /**
   * Asks for more time: the topic's {@code AckRetry} begins again now. For a handler that takes
   * long, to be called before that time is over. Waits for the broker's answer.
   *
   * @return false when the message is no longer out, so that the result of this handler does not
   *     count
   */
  public boolean extend() throws Refused, IOException, InterruptedException {
    return handling.extend(this);
  }

  /**
   * Acknowledges it: for subscribers with {@code acknowledge(false)}, and for handlers that have
   * done the part that must not be done twice. Does not wait. Later calls for this delivery do
   * nothing.
   */
  public void acknowledge() {
    handling.settle(this, null);
  }

  /** Says that it could not be done; otherwise as {@link #acknowledge}. */
  public void nack(Nack nack) {
    handling.settle(this, nack);
  }

  /** Names it by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return message + " of topic " + topic;
  }
}
