package io.ppmq.topic;

import io.ppmq.message.Delivery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stored message of a topic, and its place for the subscribers that are not done with it.
 *
 * @param publishedAtMillis when it was published, in milliseconds since the epoch
 * @param delivery the message as it would be delivered to the first of these subscribers
 * @param queues at least one, in the topic's order; none when it is delayed
 * @param momentMillis when it is queued, in milliseconds since the epoch, if it is delayed; else
 *     null
 */
public record ExportedMessage(
    long publishedAtMillis, Delivery delivery, List<Queued> queues, @Nullable Long momentMillis) {
  /**
   * The message in one subscriber's queue.
   *
   * @param attempt which delivery is out, or would be the next
   */
  public record Queued(String subscriber, PeekedMessage.State state, int attempt) {}
}
