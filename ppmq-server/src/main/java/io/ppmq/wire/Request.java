package io.ppmq.wire;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JSON value as it came in: messages, acknowledgements and a command, to be carried out in that
 * order. Complete in itself (messages have their topic, acknowledgements their topic and
 * subscriber, a command its subscriber), but whether those exist has not been checked. Keys and
 * payloads point into one array that belongs to this request alone.
 *
 * @param topic null when there was none or an empty one
 * @param messages to be stored together or not at all
 * @param subscriber null when there was none or an empty one
 * @param acks the keys acknowledged, decoded to UTF-8
 * @param nacks the keys that could not be handled, and for how long they wait
 * @param extend the keys of messages that take longer, decoded to UTF-8
 * @param command {@link #RECONNECT}, {@link #CONNECT}, {@link #SUBSCRIBE}, {@link #UNSUBSCRIBE} or
 *     null
 * @param batchSize the most messages that a worker wants in a batch, at least 1; 0 when none was
 *     given
 * @param confirm the string to repeat in the answer; null when no answer is wanted
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
  /** Asks to send again everything that is out with the subscriber. */
  public static final String RECONNECT = "RECONNECT";

  /** Means the same as {@link #RECONNECT}. */
  public static final String CONNECT = "CONNECT";

  /** Makes the connection that it comes on a worker of the subscriber. */
  public static final String SUBSCRIBE = "SUBSCRIBE";

  /** Has nothing more sent over the connection that it comes on. */
  public static final String UNSUBSCRIBE = "UNSUBSCRIBE";

  /** Keeps lists of its own. */
  public Request {
    messages = messages instanceof PackedMessages ? messages : List.copyOf(messages);
    acks = copyOf(acks);
    extend = copyOf(extend);
  }

  private static List<Bytes> copyOf(List<Bytes> keys) {
    return keys instanceof PackedMessages.Keys ? keys : List.copyOf(keys);
  }

  /**
   * Messages that could not be done.
   *
   * @param keys their keys, decoded to UTF-8
   * @param retryAfterMillis for how long they are not sent again, as in {@link
   *     io.ppmq.broker.request.Command.Nack}
   * @param reason why, at most {@link Limits#REASON_BYTES_MAX}; null when none was given
   */
  public record Nacks(List<Bytes> keys, long retryAfterMillis, @Nullable String reason) {
    /** None. */
    public static final Nacks NONE = new Nacks(List.of(), Command.Nack.BY_ATTEMPTS, null);

    /** Keeps a list of its own. */
    public Nacks {
      keys = copyOf(keys);
    }
  }

  /**
   * Whether it publishes and asks for nothing else. The subscriber has no effect then: a program
   * that publishes a pushed batch repeats that field.
   */
  public boolean onlyPublishes() {
    return !messages.isEmpty()
        && acks.isEmpty()
        && nacks.keys.isEmpty()
        && extend.isEmpty()
        && command == null;
  }

  /** How long an answer may be that lists all keys to extend. */
  public int extendBytes() {
    int bytes = 0;
    for (Bytes key : extend) {
      bytes += key.length() + 3;
    }
    return bytes;
  }

  /** Names the request by its counts: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "request of %d messages, %d acks, %d nacks"
        .formatted(messages.size(), acks.size(), nacks.keys.size());
  }
}
