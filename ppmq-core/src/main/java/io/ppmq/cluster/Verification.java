package io.ppmq.cluster;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The data of the nodes' stores at one index.
 *
 * @param index the index of the entry after which they were compared
 * @param digests the digests of all data in the store, by node; a node that did not answer is
 *     missing
 * @param silent the members that did not answer
 */
public record Verification(
    long index, SortedMap<String, String> digests, SortedSet<String> silent) {
  public Verification {
    digests = new TreeMap<>(digests);
    silent = new TreeSet<>(silent);
  }

  /** Whether all nodes that answered hold the same data. */
  public boolean agrees() {
    return digests.values().stream().distinct().count() <= 1;
  }
}
