package io.ppmq.broker;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something a producer or a subscriber asks of the broker. */
public sealed interface Command {
  /**
   * Queue messages, in their order.
   *
   * @param topic the topic's name
   * @param messages the messages
   */
  record Publish(String topic, List<Message> messages) implements Command {}

  /**
   * A subscriber is done with messages.
   *
   * @param topic the topic's name
   * @param subscriber the subscriber's name
   * @param keys the keys under which they were delivered
   */
  record Acknowledge(String topic, String subscriber, List<Bytes> keys) implements Command {}

  /**
   * Take out of all queues of a topic what is kept under keys that producers, or the broker for a
   * dead letter, gave it.
   *
   * @param topic the topic's name
   * @param keys the keys; one under which nothing is kept does nothing
   */
  record Remove(String topic, List<Bytes> keys) implements Command {}

  /**
   * Send a subscriber again what was sent and is not acknowledged.
   *
   * @param subscriber the subscriber's name
   * @param topic the topic's name; null for all of the subscriber's topics
   */
  record Redeliver(String subscriber, @Nullable String topic) implements Command {}
}
