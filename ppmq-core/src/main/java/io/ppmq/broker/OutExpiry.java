package io.ppmq.broker;

import io.ppmq.store.Entry;
import io.ppmq.topic.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When messages expire that are out with a subscriber. The store does not tell of those that were
 * replaced or evicted since they were sent, nor of those that were published when nothing was to
 * expire. They are forgotten with the process, because nothing is out when the next one starts.
 * Owned by the writer's thread.
 */
final class OutExpiry {
  private final Map<Topic, Long> moments = new HashMap<>();
  private final TreeMap<Long, List<Topic>> topics = new TreeMap<>();

  /** The moment of a topic may be another: something was sent, ended, or published. */
  void look(Topic topic) {
    long next = topic.nextEndMillis();
    Long before = next == Entry.NEVER ? moments.remove(topic) : moments.put(topic, next);
    if (before != null && before == next) {
      return;
    }
    if (before != null) {
      topics.computeIfPresent(before, (moment, known) -> without(known, topic));
    }
    if (next != Entry.NEVER) {
      topics.computeIfAbsent(next, moment -> new ArrayList<>(1)).add(topic);
    }
  }

  private static @Nullable List<Topic> without(List<Topic> known, Topic topic) {
    known.remove(topic);
    return known.isEmpty() ? null : known;
  }

  /** No message that is out expires before this moment, in milliseconds since the epoch. */
  long nextMillis() {
    return topics.isEmpty() ? Entry.NEVER : topics.firstKey();
  }

  /**
   * Ends what has expired.
   *
   * @return the topics in which something may have ended
   */
  List<Topic> run(long nowMillis) {
    List<Topic> changed = new ArrayList<>();
    while (!topics.isEmpty() && topics.firstKey() <= nowMillis) {
      for (Topic topic : topics.pollFirstEntry().getValue()) {
        moments.remove(topic);
        topic.expireOut(nowMillis);
        changed.add(topic);
      }
    }
    changed.forEach(this::look);
    return changed;
  }
}
