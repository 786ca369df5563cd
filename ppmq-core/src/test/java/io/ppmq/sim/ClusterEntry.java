package io.ppmq.sim;

import io.ppmq.store.rocksdb.Replica.Outcome;
import org.jspecify.annotations.Nullable;

/** An entry of the cluster's log, the same object on every machine that has it. */
final class ClusterEntry {
  /** The term in which it was put into the log. */
  final long term;

  /** What was proposed; null for the entry with which a leader begins. */
  final byte @Nullable [] bytes;

  /** Whose proposal it is; null for nobody's. */
  final @Nullable Leading by;

  /** The attempt to commit of which it is; 0 for none that anybody waits for. */
  final long attempt;

  /** Whether its broker led then, and none of its proposals before was lost. */
  final boolean follows;

  /** What became of it where it was applied first. */
  @Nullable Outcome outcome;

  ClusterEntry(long term, byte @Nullable [] bytes, @Nullable Leading by, long attempt) {
    this.term = term;
    this.bytes = bytes;
    this.by = by;
    this.attempt = attempt;
    this.follows = by != null && by.term == term && !by.hasLost();
  }

  @Override
  public String toString() {
    return by == null ? "the beginning of term " + term : "an entry of term " + term + " by " + by;
  }
}
