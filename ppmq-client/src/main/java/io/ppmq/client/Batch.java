package io.ppmq.client;

import java.util.List;

/**
 * One delivery of the broker: messages of one topic, the most urgent first. The next batch of the
 * topic comes when every message of this one is acknowledged, has expired or has timed out.
 */
public record Batch(String topic, String subscriber, List<ReceivedMessage> messages) {
  /** Copies the list, so that nothing of a batch ever changes. */
  public Batch {
    messages = List.copyOf(messages);
  }

  /** The keys of all messages in their order, as {@link Subscriber#acknowledge} takes them. */
  public List<String> keys() {
    return messages.stream().map(ReceivedMessage::key).toList();
  }

  /** Describes the batch by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "batch of " + messages.size() + " messages of topic " + topic;
  }
}
