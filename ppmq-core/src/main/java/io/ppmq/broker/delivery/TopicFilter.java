package io.ppmq.broker.delivery;

import java.util.HashSet;
import java.util.Set;

/**
 * The topics of which a worker gets messages: all topics of its subscriber, except for some, or
 * those that it named. Owned by the writer's thread.
 */
final class TopicFilter {
  private final Set<String> exceptions = new HashSet<>();
  private boolean all;

  private TopicFilter(boolean all) {
    this.all = all;
  }

  static TopicFilter all() {
    return new TopicFilter(true);
  }

  static TopicFilter none() {
    return new TopicFilter(false);
  }

  boolean takes(String topic) {
    return all != exceptions.contains(topic);
  }

  /** Takes all topics, also those that come later. */
  void addAll() {
    all = true;
    exceptions.clear();
  }

  /** Takes none. */
  void removeAll() {
    all = false;
    exceptions.clear();
  }

  void add(String topic) {
    set(topic, all);
  }

  void remove(String topic) {
    set(topic, !all);
  }

  private void set(String topic, boolean asUsual) {
    if (asUsual) {
      exceptions.remove(topic);
    } else {
      exceptions.add(topic);
    }
  }
}
