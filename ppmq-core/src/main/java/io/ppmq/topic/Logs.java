package io.ppmq.topic;

import io.ppmq.store.Progress;
import io.ppmq.store.TopicStore;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The logs of a topic, one for each priority that was ever given a message. */
final class Logs {
  private final TopicStore store;
  private final Queues queues;
  private final SortedMap<Integer, Log> byPriority = new TreeMap<>();
  private final Set<Log> open = new HashSet<>();

  Logs(TopicStore store, Queues queues) {
    this.store = store;
    this.queues = queues;
  }

  /** Opens the logs that the store has, or in which a subscriber has a cursor. */
  void open(Collection<Progress> progress) {
    SortedSet<Integer> priorities = new TreeSet<>(store.priorities());
    progress.forEach(saved -> priorities.addAll(saved.cursors().keySet()));
    for (int priority : priorities) {
      long ordinal = 0;
      for (Progress saved : progress) {
        Progress.Cursor cursor = saved.cursors().get(priority);
        ordinal = Math.max(ordinal, cursor == null ? 0 : cursor.tail());
      }
      byPriority.put(priority, new Log(store, priority, ordinal));
    }
  }

  Collection<Log> all() {
    return byPriority.values();
  }

  /** The log of a priority, which begins when it is first asked for. */
  Log of(int priority) {
    Log log = byPriority.get(priority);
    if (log == null) {
      log = new Log(store, priority, 0);
      byPriority.put(priority, log);
      queues.addLog(log);
    }
    return log;
  }

  /** A log was given messages that it has not handed to the store. */
  void opened(Log log) {
    open.add(log);
  }

  /** Hands the messages that were added since the last commit to the store. */
  void flush() {
    open.forEach(Log::flush);
    open.clear();
  }
}
