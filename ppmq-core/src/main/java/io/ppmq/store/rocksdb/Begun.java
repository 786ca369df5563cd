package io.ppmq.store.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a commit that is under way to the database, read from the proposed bytes. The
 * database may have the commit already, and then agrees.
 *
 * <p>Only numbers are stored beside those bytes, and a family is sorted at its first use. Owned by
 * the writer's thread.
 */
final class Begun {
  /** The change of one key. */
  private static final int DELETED = -1;

  private static final int NONE = -1;

  private final byte[] bytes;
  private final Family[] families;

  /** The changes of the batch that begins there and ends with the array. */
  Begun(byte[] bytes, int from) {
    this.bytes = bytes;
    this.families = new Family[Keys.families().size()];
    BatchForm changes = new BatchForm(bytes, from);
    while (changes.next()) {
      Family family = families[changes.family()];
      if (family == null) {
        family = new Family();
        families[changes.family()] = family;
      }
      family.add(changes);
    }
  }

  /** Its changes of a column family; null when there are none. */
  @Nullable Family family(int number) {
    return families[number];
  }

  /** A deleted range, with the number of changes before it. */
  private static final class Range {
    private final byte[] from;
    private final byte[] to;
    private final int changesBefore;

    Range(byte[] from, byte[] to, int changesBefore) {
      this.from = from;
      this.to = to;
      this.changesBefore = changesBefore;
    }

    boolean holds(byte[] array, int keyFrom, int keyTo) {
      return Arrays.compareUnsigned(from, 0, from.length, array, keyFrom, keyTo) <= 0
          && Arrays.compareUnsigned(array, keyFrom, keyTo, to, 0, to.length) < 0;
    }
  }

  /** Its changes of one column family: written and deleted keys, and deleted ranges. */
  final class Family {
    private int count;
    private int[] keyFrom = new int[4];
    private int[] keyTo = new int[4];
    private int[] valueFrom = new int[4];
    private int[] valueTo = new int[4];
    private final List<Range> ranges = new ArrayList<>();
    private int @Nullable [] order;

    private void add(BatchForm changes) {
      if (changes.kind() == BatchForm.Kind.DELETE_RANGE) {
        ranges.add(new Range(changes.key(), changes.value(), count));
        return;
      }
      if (count == keyFrom.length) {
        int more = 2 * count;
        keyFrom = Arrays.copyOf(keyFrom, more);
        keyTo = Arrays.copyOf(keyTo, more);
        valueFrom = Arrays.copyOf(valueFrom, more);
        valueTo = Arrays.copyOf(valueTo, more);
      }
      keyFrom[count] = changes.keyFrom();
      keyTo[count] = changes.keyTo();
      boolean isPut = changes.kind() == BatchForm.Kind.PUT;
      valueFrom[count] = isPut ? changes.valueFrom() : DELETED;
      valueTo[count] = changes.valueTo();
      count++;
    }

    // ---- one key ------------------------------------------------------------------------------

    /** Whether it changes this key. */
    boolean decides(byte[] key) {
      return at(key) != NONE || rangeEnd(key) != null;
    }

    /** The value that it writes under a key that it changes; null when it deletes the key. */
    byte @Nullable [] value(byte[] key) {
      int at = at(key);
      return at == NONE || isDeleted(at) ? null : value(at);
    }

    private int at(byte[] key) {
      int at = lowerBound(key);
      return at < size() && compare(at, key) == 0 ? at : NONE;
    }

    /** The end of a deleted range that holds this key; null when there is none. */
    byte @Nullable [] rangeEnd(byte[] key) {
      for (Range range : ranges) {
        if (range.holds(key, 0, key.length)) {
          return range.to;
        }
      }
      return null;
    }

    // ---- in order -----------------------------------------------------------------------------

    /** The number of different keys that it writes or deletes one by one. */
    int size() {
      return order().length;
    }

    /** The index of the first key in order that is not before this one. */
    int lowerBound(byte[] key) {
      int low = 0;
      int high = size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (compare(middle, key) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    boolean isDeleted(int place) {
      return valueFrom[order()[place]] == DELETED;
    }

    byte[] key(int place) {
      int change = order()[place];
      return Arrays.copyOfRange(bytes, keyFrom[change], keyTo[change]);
    }

    byte[] value(int place) {
      int change = order()[place];
      return Arrays.copyOfRange(bytes, valueFrom[change], valueTo[change]);
    }

    /** Below 0 when the key at this index is before the other. */
    int compare(int place, byte[] key) {
      int change = order()[place];
      return Arrays.compareUnsigned(bytes, keyFrom[change], keyTo[change], key, 0, key.length);
    }

    /** The last change of each key, by the keys. */
    private int[] order() {
      int[] known = order;
      if (known == null) {
        deleteInRanges();
        int[] all = new int[count];
        Arrays.setAll(all, i -> i);
        sort(all, new int[count], 0, count);
        known = lastOfEach(all);
        order = known;
      }
      return known;
    }

    private void deleteInRanges() {
      for (Range range : ranges) {
        for (int change = 0; change < range.changesBefore; change++) {
          if (range.holds(bytes, keyFrom[change], keyTo[change])) {
            valueFrom[change] = DELETED;
          }
        }
      }
    }

    private int[] lastOfEach(int[] sorted) {
      int kept = 0;
      for (int i = 0; i < sorted.length; i++) {
        if (i + 1 == sorted.length || compareKeys(sorted[i], sorted[i + 1]) != 0) {
          sorted[kept++] = sorted[i];
        }
      }
      return Arrays.copyOf(sorted, kept);
    }

    private int compareKeys(int one, int other) {
      return Arrays.compareUnsigned(
          bytes, keyFrom[one], keyTo[one], bytes, keyFrom[other], keyTo[other]);
    }

    /** Sorts by keys; changes of the same key keep their order. Mostly they are sorted already. */
    private void sort(int[] changes, int[] spare, int from, int to) {
      if (to - from < 2) {
        return;
      }
      int middle = (from + to) >>> 1;
      sort(changes, spare, from, middle);
      sort(changes, spare, middle, to);
      if (compareKeys(changes[middle - 1], changes[middle]) <= 0) {
        return;
      }
      System.arraycopy(changes, from, spare, from, middle - from);
      int left = from;
      int right = middle;
      for (int at = from; left < middle; at++) {
        boolean takesRight = right < to && compareKeys(spare[left], changes[right]) > 0;
        changes[at] = takesRight ? changes[right++] : spare[left++];
      }
    }
  }
}
