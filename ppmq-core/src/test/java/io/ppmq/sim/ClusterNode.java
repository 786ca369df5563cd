package io.ppmq.sim;

import io.ppmq.store.rocksdb.Replica.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One machine of a simulated cluster: its log, the part of it on disk, and its replica. */
final class ClusterNode {
  final String name;
  final SimReplica replica;
  final List<ClusterEntry> log = new ArrayList<>();

  /** The number of entries on its disk, and the number that it knows a majority has. */
  int synced;

  int committed;

  /** The newest known term, and whether it considers itself the leader of that term. */
  long term;

  boolean leads;
  boolean up = true;
  boolean cutOff;

  /** The number of starts of its process. */
  int starts;

  /** Whether the leader is about to send its missing entries. */
  boolean isBeingSent;

  /** The broker that leads or led with its replica; null if there was none. */
  @Nullable Leading leading;

  /**
   * Whether it has the first entry of the log, which turned its replica into a store, and no other.
   */
  ClusterNode(String name, SimReplica replica, ClusterEntry founding) {
    this.name = name;
    this.replica = replica;
    log.add(founding);
    synced = 1;
    committed = 1;
  }

  boolean isReachable() {
    return up && !cutOff;
  }

  /** Whether its log ends no earlier than another's. */
  boolean isAsNewAs(ClusterNode other) {
    long own = lastTerm();
    long others = other.lastTerm();
    return own > others || (own == others && log.size() >= other.log.size());
  }

  private long lastTerm() {
    return log.isEmpty() ? 0 : log.get(log.size() - 1).term;
  }

  /** The number of leading entries that two logs share. */
  int common(ClusterNode other) {
    int common = Math.min(log.size(), other.log.size());
    while (common > 0 && log.get(common - 1) != other.log.get(common - 1)) {
      common--;
    }
    return common;
  }

  /** Takes over the leader's log. */
  void take(ClusterNode leader) {
    int common = common(leader);
    cut(common);
    log.addAll(leader.log.subList(common, leader.log.size()));
    committed = Math.max(committed, Math.min(leader.committed, log.size()));
  }

  private void cut(int count) {
    if (count < committed) {
      throw new Violation(
          Invariant.SAME_CONTENT, name + " must drop " + log.get(count) + ", which is committed");
    }
    log.subList(count, log.size()).clear();
    synced = Math.min(synced, count);
  }

  /** Its process died, or also its power failed, which lost the end of its log. */
  void died(boolean powerLost) {
    up = false;
    leads = false;
    isBeingSent = false;
    replica.died(powerLost);
    if (powerLost) {
      int kept = Math.max(synced, replica.taken());
      committed = Math.min(committed, kept);
      cut(kept);
    }
  }

  /** Applies the next committed entry. */
  ClusterEntry applyNext() {
    int index = replica.taken();
    ClusterEntry entry = log.get(index);
    if (entry.bytes == null) {
      replica.pass(entry.term, index);
      return entry;
    }
    Outcome outcome = replica.apply(entry.term, index, entry.bytes);
    if (outcome == Outcome.APPLIED && !entry.follows) {
      throw new Violation(
          Invariant.FENCED_NEVER_APPLIES, name + " applies the fenced entry " + entry);
    }
    if (outcome == Outcome.FENCED && entry.follows) {
      throw new Violation(Invariant.NO_CONFIRMED_LOSS, name + " does not apply " + entry);
    }
    if (entry.outcome != null && entry.outcome != outcome) {
      throw new Violation(
          Invariant.SAME_CONTENT,
          name + ": " + entry + " is " + outcome + ", but on another machine " + entry.outcome);
    }
    entry.outcome = outcome;
    return entry;
  }

  /** Gets the last applied entry again, which changes nothing. */
  void applyAgain() {
    int index = replica.taken() - 1;
    ClusterEntry entry = log.get(index);
    if (entry.bytes != null && replica.apply(entry.term, index, entry.bytes) != Outcome.KNOWN) {
      throw new Violation(Invariant.SAME_CONTENT, name + " applies " + entry + " twice");
    }
  }

  boolean hasMoreToApply() {
    return replica.taken() < committed;
  }

  @Override
  public String toString() {
    return "%s (term %d, %d entries, %d synced, %d committed, %d taken%s%s%s)"
        .formatted(
            name,
            term,
            log.size(),
            synced,
            committed,
            replica.taken(),
            leads ? ", leads" : "",
            up ? "" : ", down",
            cutOff ? ", cut off" : "");
  }
}
