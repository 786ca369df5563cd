package io.ppmq.sim;

import io.ppmq.store.rocksdb.Replica.Outcome;
import org.jspecify.annotations.Nullable;

/** An entry of the cluster's log, the same object on every machine that has it. */
final class ClusterEntry {
  /** The term in which it was added to the log. */
  final long term;

  /** The proposal; null for the entry with which a leader begins. */
  final byte @Nullable [] bytes;

  /** The proposing broker; null if there is none. */
  final @Nullable Leading by;

  /** The attempt to commit that it belongs to; 0 if nothing waits for it. */
  final long attempt;

  /** Whether its broker led then, and none of its earlier proposals was lost. */
  final boolean follows;

  /** Its fate where it was applied first. */
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
