package io.ppmq.cluster;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the stores of the nodes hold at one index.
 *
 * @param index of the entry after which they were looked at
 * @param digests of everything that is in the store, by node; a node that did not answer is missing
 * @param silent the members that did not answer
 */
public record Verification(
    long index, SortedMap<String, String> digests, SortedSet<String> silent) {
  public Verification {
    digests = new TreeMap<>(digests);
    silent = new TreeSet<>(silent);
  }

  /** Whether all that answered hold the same. */
  public boolean agrees() {
    return digests.values().stream().distinct().count() <= 1;
  }
}
