package io.ppmq.store.rocksdb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of ids whose entries were dropped from the logs and whose space is not given back yet.
 * Ranges of a log that touch or overlap are one range: while an old message is still needed, each
 * trim drops a range behind it, and there would be one more for each trim, without end. So there
 * are never more than there are gaps between them, which are messages that are still needed.
 *
 * <p>Any thread may call it.
 */
final class DroppedRanges {
  /** A range of the entries of a log, from the first id up to another, which is not in it. */
  record Range(int topic, int priority, long from, long to) {
    byte[] start() {
      return Keys.entry(topic, priority, from);
    }

    byte[] end() {
      return Keys.entry(topic, priority, to);
    }
  }

  private record Log(int topic, int priority) {
    // Written by hand: the JDK generates its own at the first use, which takes 20 ms.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Log log && topic == log.topic && priority == log.priority;
    }

    @Override
    public int hashCode() {
      return 31 * topic + priority;
    }
  }

  /** For each log: the ends of its ranges by their beginnings; no two of them touch. */
  private final Map<Log, NavigableMap<Long, Long>> logs = new HashMap<>();

  /** Adds a range. */
  synchronized void add(int topic, int priority, long from, long to) {
    NavigableMap<Long, Long> ranges =
        logs.computeIfAbsent(new Log(topic, priority), log -> new TreeMap<>());
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    boolean touches = before != null && before.getValue() >= from;
    long begin = touches ? before.getKey() : from;
    NavigableMap<Long, Long> joined = ranges.subMap(begin, true, to, true);
    long end = joined.isEmpty() ? to : Math.max(to, joined.lastEntry().getValue());
    joined.clear();
    ranges.put(begin, end);
  }

  /** All ranges, those of a log in their order. */
  synchronized List<Range> all() {
    List<Range> all = new ArrayList<>();
    logs.forEach(
        (log, ranges) ->
            ranges.forEach((from, to) -> all.add(new Range(log.topic, log.priority, from, to))));
    return all;
  }

  /** Forgets ranges that {@link #all} returned; one that has grown since stays. */
  synchronized void forget(List<Range> settled) {
    for (Range range : settled) {
      logs.computeIfPresent(
          new Log(range.topic, range.priority), (log, ranges) -> without(ranges, range));
    }
  }

  private static @Nullable NavigableMap<Long, Long> without(
      NavigableMap<Long, Long> ranges, Range range) {
    ranges.remove(range.from, range.to);
    return ranges.isEmpty() ? null : ranges;
  }
}
