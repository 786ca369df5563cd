package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicSettings;
import java.util.List;

/**
 * Tells whether messages have priorities outside their topic's range; the topic uses the nearest
 * one.
 */
record PriorityClamp(Broker broker) {
  /** Whether one of these is out of range; false also if the topic does not exist. */
  boolean applies(String topicName, List<Message> messages) {
    TopicSettings topic = broker.settings().topics().get(topicName);
    return topic != null && applies(topic, messages);
  }

  private static boolean applies(TopicSettings topic, List<Message> messages) {
    for (Message message : messages) { // a stream for every value would cost more than the check
      if (topic.nearestPriority(message.priority()) != message.priority()) {
        return true;
      }
    }
    return false;
  }
}
