package io.ppmq.wire;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value as received: messages, acknowledgements and a command, to carry out in that order.
 * It is complete (messages have their topic, acknowledgements their topic and subscriber, a command
 * its subscriber), but these have not been checked to exist. Keys and payloads point into one array
 * that belongs to this request alone.
 *
 * @param topic null if it was absent or empty
 * @param messages the messages to store together or not at all
 * @param subscriber null if it was absent or empty
 * @param acks the acknowledged keys, decoded to UTF-8
 * @param nacks the nacked keys, with their pause
 * @param extend the keys of messages that need more time, decoded to UTF-8
 * @param command {@link #RECONNECT}, {@link #CONNECT}, {@link #SUBSCRIBE}, {@link #UNSUBSCRIBE} or
 *     null
 * @param batchSize the most messages that a worker wants in a batch, at least 1; 0 if absent
 * @param confirm the string to repeat in the answer; null for no answer
 */
public record Request(
    @Nullable String topic,
    List<Message> messages,
    @Nullable String subscriber,
    List<Bytes> acks,
    Nacks nacks,
    List<Bytes> extend,
    @Nullable String command,
    int batchSize,
    @Nullable String confirm) {
  /** Asks for redelivery of all messages in flight at the subscriber. */
  public static final String RECONNECT = "RECONNECT";

  /** Means the same as {@link #RECONNECT}. */
  public static final String CONNECT = "CONNECT";

  /** Makes the connection that carries it a worker of the subscriber. */
  public static final String SUBSCRIBE = "SUBSCRIBE";

  /** Stops deliveries over the connection that carries it. */
  public static final String UNSUBSCRIBE = "UNSUBSCRIBE";

  /** Copies the lists. */
  public Request {
    messages = messages instanceof PackedMessages ? messages : List.copyOf(messages);
    acks = copyOf(acks);
    extend = copyOf(extend);
  }

  private static List<Bytes> copyOf(List<Bytes> keys) {
    return keys instanceof PackedMessages.Keys ? keys : List.copyOf(keys);
  }

  /**
   * Messages that could not be processed.
   *
   * @param keys their keys, decoded to UTF-8
   * @param retryAfterMillis the pause before redelivery, as in {@link
   *     io.ppmq.broker.request.Command.Nack}
   * @param reason the reason, at most {@link Limits#REASON_BYTES_MAX} bytes; null if absent
   */
  public record Nacks(List<Bytes> keys, long retryAfterMillis, @Nullable String reason) {
    /** None. */
    public static final Nacks NONE = new Nacks(List.of(), Command.Nack.BY_ATTEMPTS, null);

    /** Copies the list. */
    public Nacks {
      keys = copyOf(keys);
    }
  }

  /**
   * Whether it only publishes. Then the subscriber has no effect: a program that publishes a
   * received batch repeats that field.
   */
  public boolean onlyPublishes() {
    return !messages.isEmpty()
        && acks.isEmpty()
        && nacks.keys.isEmpty()
        && extend.isEmpty()
        && command == null;
  }

  /** Whether it publishes nothing and acks, nacks or extends some keys. */
  public boolean onlyAcknowledges() {
    return messages.isEmpty() && !(acks.isEmpty() && nacks.keys.isEmpty() && extend.isEmpty());
  }

  /** The length of an answer that lists all keys to extend. */
  public int extendBytes() {
    int bytes = 0;
    for (Bytes key : extend) {
      bytes += key.length() + 3;
    }
    return bytes;
  }

  /** Describes the request by its counts: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "request of %d messages, %d acks, %d nacks"
        .formatted(messages.size(), acks.size(), nacks.keys.size());
  }
}
