package io.ppmq.broker.upkeep;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.Retained;
import io.ppmq.store.Store;
import io.ppmq.topic.LimitStats;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicStats;
import java.util.HashMap;
import java.util.Map;

/**
 * Warns of backlogs that no subscriber works off, once a minute at most: of one whose oldest
 * message is an hour old, that has 100,000 messages, or that takes a tenth of the disk, and then
 * whenever that has doubled; and of a topic that has taken half of its bound, and then of every
 * further tenth. It warns again of a backlog that has shrunk by half, or to nothing, and grows
 * again.
 */
public final class BacklogWatch {
  private static final long LOOK_NANOS = 60_000_000_000L;
  private static final long AGE_MILLIS = 3_600_000;
  private static final long MESSAGES = 100_000;
  private static final int DISK_PART = 10;
  private static final long FULL_PERCENT = 50;
  private static final long PERCENT_STEP = 10;

  private final Iterable<Topic> topics;
  private final Store store;
  private final Timers timers;
  private final BrokerEvents events;
  private final Map<String, Long> warnedFrom = new HashMap<>();

  public BacklogWatch(Iterable<Topic> topics, Store store, Timers timers, BrokerEvents events) {
    this.topics = topics;
    this.store = store;
    this.timers = timers;
    this.events = events;
  }

  /** Begins to check now and then. */
  public void begin(Turn turn) {
    timers.at(turn.nowNanos() + LOOK_NANOS, this::look);
  }

  private void look(Turn turn) {
    for (Topic topic : topics) {
      TopicStats stats = topic.stats();
      stats.queues().forEach(queue -> look(stats.topic(), queue, turn));
      look(stats.topic(), stats.limits());
    }
    begin(turn);
  }

  private void look(String topic, QueueStats queue, Turn turn) {
    long age = queue.oldestMillis() == 0 ? 0 : turn.nowMillis() - queue.oldestMillis();
    String name = topic + "\n" + queue.subscriber();
    boolean old = passes("age\n" + name, age, AGE_MILLIS);
    boolean many = passes("size\n" + name, queue.backlog(), MESSAGES);
    if (old || many) {
      events.backlogGrows(topic, queue.subscriber(), queue.backlog(), age);
    }
    long capacity = store.diskCapacityBytes();
    if (capacity > 0 && passes("disk\n" + name, queue.diskBytes(), capacity / DISK_PART)) {
      long percent = percent(queue.diskBytes(), capacity);
      events.backlogTakesDisk(topic, queue.subscriber(), queue.diskBytes(), percent);
    }
  }

  /**
   * Whether a measure is at its threshold for the first time, or has doubled since it was reported.
   */
  private boolean passes(String name, long measure, long threshold) {
    long next = warnedFrom.getOrDefault(name, threshold);
    boolean passes = measure >= next;
    if (passes) {
      warnedFrom.put(name, measure * 2);
    } else if (measure < threshold / 2) {
      warnedFrom.remove(name);
    }
    return passes;
  }

  private void look(String topic, LimitStats limits) {
    Retained retained = limits.retained();
    if (retained == null) {
      return;
    }
    long percent =
        Math.max(
            percent(retained.messages(), limits.limits().messagesMax()),
            percent(retained.bytes(), limits.limits().bytesMax()));
    String name = "full\n" + topic;
    if (percent >= warnedFrom.getOrDefault(name, FULL_PERCENT)) {
      warnedFrom.put(name, percent + PERCENT_STEP);
      events.fillsUp(topic, limits.limits().bound(), percent);
    } else if (percent < FULL_PERCENT / 2) {
      warnedFrom.remove(name);
    }
  }

  private static long percent(long taken, long max) {
    return max == 0 ? 0 : (long) (100.0 * taken / max);
  }
}
