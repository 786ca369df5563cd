package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The queues of a topic, one for each subscriber it ever had: the attached ones, which get
 * published messages, and the detached ones, which keep their messages.
 */
final class Queues {
  private final TopicContents topic;
  private final Map<String, SubscriberQueue> queues = new LinkedHashMap<>();
  private final List<SubscriberQueue> attached = new ArrayList<>();
  private final List<SubscriberQueue> detached = new ArrayList<>();

  Queues(TopicContents topic) {
    this.topic = topic;
  }

  // ---- opening --------------------------------------------------------------------------------

  /** Adds a queue, which begins or resumes before it is attached or detached. */
  SubscriberQueue add(String subscriber) {
    SubscriberQueue queue = new SubscriberQueue(subscriber, topic);
    queues.put(subscriber, queue);
    return queue;
  }

  /**
   * Divides the queues by the present settings; a subscriber without a queue gets one, and messages
   * from {@code nextId} on are for the subscribers that the settings name.
   */
  void divide(Iterable<Log> logs, long nextId) {
    attached.clear();
    detached.clear();
    List<String> names = topic.settings().queueNames();
    for (String subscriber : names) {
      SubscriberQueue queue = queues.get(subscriber);
      if (queue == null) {
        queue = add(subscriber);
        queue.begin(logs, nextId);
      } else {
        queue.attach(nextId);
      }
      attached.add(queue);
    }
    for (SubscriberQueue queue : queues.values()) {
      if (!names.contains(queue.subscriber())) {
        queue.detach(nextId);
        detached.add(queue);
      }
    }
  }

  void addLog(Log log) {
    queues.values().forEach(queue -> queue.addLog(log));
  }

  // ---- asking ---------------------------------------------------------------------------------

  Set<String> subscribers() {
    return queues.keySet();
  }

  Collection<SubscriberQueue> all() {
    return Collections.unmodifiableCollection(queues.values());
  }

  /** The first id of a log that any of them needs; {@link Long#MAX_VALUE} when none does. */
  long neededFrom(int priority) {
    List<IdRanges.Range> needed = new ArrayList<>();
    queues.values().forEach(queue -> queue.collectNeeded(priority, needed));
    return needed.stream().mapToLong(IdRanges.Range::from).min().orElse(Long.MAX_VALUE);
  }

  List<SubscriberQueue> attached() {
    return Collections.unmodifiableList(attached);
  }

  List<SubscriberQueue> detached() {
    return Collections.unmodifiableList(detached);
  }

  /** Removes a queue that is not attached. */
  void remove(SubscriberQueue queue) {
    queues.remove(queue.subscriber());
    detached.remove(queue);
  }

  /** The queue of a subscriber, attached or not; any other name is refused. */
  SubscriberQueue any(String subscriber) {
    SubscriberQueue queue = queues.get(subscriber);
    if (queue == null) {
      throw new IllegalArgumentException(
          subscriber + " has no queue in topic " + topic.settings().name());
    }
    return queue;
  }

  /** The queue of an attached subscriber; any other name is refused. */
  SubscriberQueue attached(String subscriber) {
    SubscriberQueue queue = queues.get(subscriber);
    if (queue == null || !queue.isAttached()) {
      throw new IllegalArgumentException(
          subscriber + " is not a subscriber of topic " + topic.settings().name());
    }
    return queue;
  }

  /** Saves the cursors that have passed messages which are taken out of a log now. */
  void saveCursors() {
    queues.values().forEach(SubscriberQueue::saveCursors);
  }
}
