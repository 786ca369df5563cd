package io.ppmq.broker.turn;

import io.ppmq.store.Entry;
import io.ppmq.topic.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The next moment of each topic that has one, by the wall clock, and the topics in the order of
 * their moments. Owned by the writer's thread.
 */
public final class TopicMoments {
  private final Map<Topic, Long> moments = new HashMap<>();
  private final TreeMap<Long, List<Topic>> topics = new TreeMap<>();

  /** Sets the moment of a topic, in milliseconds since the epoch; {@link Entry#NEVER} for none. */
  public void set(Topic topic, long moment) {
    Long before = moment == Entry.NEVER ? moments.remove(topic) : moments.put(topic, moment);
    if (before != null && before == moment) {
      return;
    }
    if (before != null) {
      topics.computeIfPresent(before, (at, known) -> without(known, topic));
    }
    if (moment != Entry.NEVER) {
      topics.computeIfAbsent(moment, at -> new ArrayList<>(1)).add(topic);
    }
  }

  private static @Nullable List<Topic> without(List<Topic> known, Topic topic) {
    known.remove(topic);
    return known.isEmpty() ? null : known;
  }

  /** The earliest moment; {@link Entry#NEVER} when no topic has one. */
  public long next() {
    return topics.isEmpty() ? Entry.NEVER : topics.firstKey();
  }

  /** Takes out the topics whose moments have come, the earliest first. */
  public List<Topic> takeDue(long nowMillis) {
    List<Topic> due = new ArrayList<>();
    while (!topics.isEmpty() && topics.firstKey() <= nowMillis) {
      due.addAll(topics.pollFirstEntry().getValue());
    }
    due.forEach(moments::remove);
    return due;
  }
}
