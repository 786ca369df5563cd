package io.ppmq.server;

import io.ppmq.broker.BrokerSettings;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the messages whose priority is out of their topic's range; the topic takes the nearest.
 */
final class PriorityClamp {
  private final BrokerSettings settings;
  private final AtomicLong clamped = new AtomicLong();

  PriorityClamp(BrokerSettings settings) {
    this.settings = settings;
  }

  /** How many of these are out of range; 0 too when there is no such topic. */
  int count(String topicName, List<Message> messages) {
    TopicSettings topic = settings.topics().get(topicName);
    int count = 0;
    if (topic != null) {
      for (Message message : messages) {
        count += topic.nearestPriority(message.priority()) == message.priority() ? 0 : 1;
      }
    }
    if (count > 0) {
      clamped.addAndGet(count);
    }
    return count;
  }

  /** How many were out of range since the start. Any thread may ask. */
  long total() {
    return clamped.get();
  }
}
