package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A set of ids as disjoint ranges in rising order. Immutable. */
record IdRanges(List<Range> ranges) {
  /** All ids. */
  static final IdRanges ALL = new IdRanges(List.of(new Range(0, Long.MAX_VALUE)));

  /**
   * Ids from {@code from} to before {@code to}.
   *
   * @param from the first
   * @param to the first id after the range
   */
  record Range(long from, long to) {}

  /** All ids that are in at least one of the ranges, which may overlap and be empty. */
  static IdRanges union(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(Range::from));
    List<Range> joined = new ArrayList<>();
    for (Range range : sorted) {
      Range last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (range.from >= range.to) {
        continue;
      }
      if (last != null && range.from <= last.to) {
        joined.set(joined.size() - 1, new Range(last.from, Math.max(last.to, range.to)));
      } else {
        joined.add(range);
      }
    }
    return new IdRanges(joined);
  }

  /** The ranges of the ids that are in this and not in {@code other}. */
  List<Range> minus(IdRanges other) {
    List<Range> left = new ArrayList<>();
    for (Range range : ranges) {
      long from = range.from;
      for (Range taken : other.ranges) {
        if (taken.to <= from || taken.from >= range.to) {
          continue;
        }
        if (taken.from > from) {
          left.add(new Range(from, taken.from));
        }
        from = taken.to;
        if (from >= range.to) {
          break;
        }
      }
      if (from < range.to) {
        left.add(new Range(from, range.to));
      }
    }
    return left;
  }
}
