package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The outstanding messages of a subscriber that wait to be sent again, by priority. */
final class WaitingMessages {
  /**
   * Messages that were sent come first, then those that were only chosen; the latter in one order
   * with messages that were never chosen.
   */
  private static final Comparator<Outstanding> ORDER =
      Comparator.comparing((Outstanding message) -> message.attempts == 0)
          .thenComparingLong(message -> message.id);

  private final SortedMap<Integer, TreeSet<Outstanding>> byPriority = new TreeMap<>();
  private TopicSettings settings;
  private int count;
  private int sentCount;

  WaitingMessages(TopicSettings settings) {
    this.settings = settings;
  }

  /** Removes all; messages added from now on wait in the nearest priority that now exists. */
  void clear(TopicSettings next) {
    settings = next;
    byPriority.clear();
    count = 0;
    sentCount = 0;
  }

  /** Adds a message that is not out. */
  void add(Outstanding message) {
    message.state = Outstanding.State.WAITING;
    byPriority
        .computeIfAbsent(settings.nearestPriority(message.priority), p -> new TreeSet<>(ORDER))
        .add(message);
    count++;
    sentCount += message.attempts > 0 ? 1 : 0;
  }

  /** Removes a message, if it waits. */
  void remove(Outstanding message) {
    TreeSet<Outstanding> again = byPriority.get(settings.nearestPriority(message.priority));
    if (again != null && again.remove(message)) {
      count--;
      sentCount -= message.attempts > 0 ? 1 : 0;
    }
  }

  int count() {
    return count;
  }

  /** The number of those that were sent before. */
  int sentCount() {
    return sentCount;
  }

  /** The waiting messages of a priority, in order, as they are now. */
  List<Outstanding> in(int priority) {
    TreeSet<Outstanding> again = byPriority.get(priority);
    return again == null ? List.of() : List.copyOf(again);
  }

  /** Whether a message of a priority waits that was chosen and put back, and was never sent. */
  boolean hasUnsent(int priority) {
    TreeSet<Outstanding> again = byPriority.get(priority);
    return again != null && !again.isEmpty() && again.last().attempts == 0; // they come last
  }

  /** The first waiting message of each priority. */
  List<Outstanding> first() {
    List<Outstanding> first = new ArrayList<>();
    for (TreeSet<Outstanding> again : byPriority.values()) {
      if (!again.isEmpty()) {
        first.add(again.first());
      }
    }
    return first;
  }
}
