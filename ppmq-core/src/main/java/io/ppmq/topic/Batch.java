package io.ppmq.topic;

import io.ppmq.message.Delivery;
import java.util.List;

/**
 * The unit of a push to a subscriber: messages of one topic, in the order of their delivery.
 *
 * @param topic the topic's name
 * @param subscriber the subscriber's name
 * @param deliveries the messages, at least one
 */
public record Batch(String topic, String subscriber, List<Delivery> deliveries) {
  /** Names the batch by its size: payloads do not belong in logs. */
  @Override
  public String toString() {
    return deliveries.size() + " messages of topic " + topic + " for " + subscriber;
  }
}
