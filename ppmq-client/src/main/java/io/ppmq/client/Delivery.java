package io.ppmq.client;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that a handler has received, with the methods that report its result. Safe for any
 * thread.
 *
 * <p>Acknowledgements and nacks go only over the connection on which the message came. When that
 * connection is lost, the broker delivers the message again, and the result of this delivery has no
 * effect. Nor has it when a newer version of the key has arrived since.
 */
public final class Delivery {
  private final Handling handling;
  private final String topic;
  private final ReceivedMessage message;

  /** Whether a handler has it at this moment. Guarded by the lock of {@link Handling}. */
  boolean isRunning;

  Delivery(Handling handling, String topic, ReceivedMessage message) {
    this.handling = handling;
    this.topic = topic;
    this.message = message;
  }

  /** The topic of the message. */
  public String topic() {
    return topic;
  }

  /** The message as the broker sent it, for code that outlives the handler. */
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

  /** The priority; 0 is the highest. */
  public int priority() {
    return message.priority();
  }

  /** 1 for the first delivery; more when earlier deliveries were not acknowledged. */
  public int attempt() {
    return message.attempt();
  }

  /**
   * Whether a result of this delivery still counts: false once it was acknowledged or nacked, its
   * connection was lost, or a newer version has come.
   */
  public boolean isOut() {
    return handling.isOut(this);
  }

  /**
   * Restarts the topic's {@code AckRetry} for this message, and waits for the broker's answer. A
   * slow handler calls it before that time is over.
   *
   * @return false when the message is no longer out, so that the result of this handler does not
   *     count
   */
  public boolean extend() throws Refused, IOException, InterruptedException {
    return handling.extend(this);
  }

  /**
   * Acknowledges the message. Intended for subscribers with {@code acknowledge(false)}, and for
   * handlers that have done the part that must not be done twice. Does not wait. Later calls for
   * this delivery do nothing.
   */
  public void acknowledge() {
    handling.settle(this, null);
  }

  /** Reports that the message could not be processed; otherwise as {@link #acknowledge}. */
  public void nack(Nack nack) {
    handling.settle(this, nack);
  }

  /** Describes the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return message + " of topic " + topic;
  }
}
