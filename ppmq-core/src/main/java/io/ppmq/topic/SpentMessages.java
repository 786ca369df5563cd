package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** The messages that wait for a subscriber and reached their limit of deliveries. */
final class SpentMessages {
  private final TopicContents topic;
  private final Predicate<Outstanding> isOutstanding;
  private final List<Outstanding> messages = new ArrayList<>(0);

  /**
   * No messages yet.
   *
   * @param isOutstanding whether a message has not ended
   */
  SpentMessages(TopicContents topic, Predicate<Outstanding> isOutstanding) {
    this.topic = topic;
    this.isOutstanding = isOutstanding;
  }

  /** Notes a message that is to be sent again, if it reached its limit of deliveries. */
  void addIfSpent(Outstanding message) {
    int max = topic.settings().limits().deliveriesMax();
    if (max > 0 && message.attempts >= max) {
      add(message);
    }
  }

  /** Adds a message that is not to be sent again, however often it was sent. */
  void add(Outstanding message) {
    message.dies = true;
    messages.add(message);
  }

  /** None of them dies: each is sent again. */
  void forget() {
    messages.forEach(message -> message.dies = false);
    messages.clear();
  }

  /** Whether there may be such messages. */
  boolean isAny() {
    return !messages.isEmpty();
  }

  /** The waiting messages that reached their limit of deliveries since the last call, in order. */
  List<Outstanding> take() {
    List<Outstanding> taken = new ArrayList<>();
    for (Outstanding message : messages) {
      message.dies = false;
      if (isOutstanding.test(message) && !message.isOut()) {
        taken.add(message);
      }
    }
    messages.clear();
    taken.sort(Comparator.comparingLong(message -> message.id));
    return taken;
  }
}
