package io.ppmq.broker.delivery;

import java.util.HashSet;
import java.util.Set;

/**
 * Of which topics a worker is sent something: of all that its subscriber has, but for some, or of
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

  /** Takes them all, those that come later too. */
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
