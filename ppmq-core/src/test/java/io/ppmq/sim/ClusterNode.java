package io.ppmq.sim;

import io.ppmq.store.rocksdb.Replica.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One machine of a simulated cluster: its log, what of that its disk has, and its replica. */
final class ClusterNode {
  final String name;
  final SimReplica replica;
  final List<ClusterEntry> log = new ArrayList<>();

  /** How many entries are on its disk, and of how many it knows that a majority has them. */
  int synced;

  int committed;

  /** The newest term that it has heard of, and whether it takes itself for the leader of that. */
  long term;

  boolean leads;
  boolean up = true;
  boolean cutOff;

  /** How often its process was started. */
  int starts;

  /** Whether the leader is about to send it what it lacks. */
  boolean isBeingSent;

  /** The broker that leads with its replica, or did; null when there was none. */
  @Nullable Leading leading;

  /** It has the first entry of the log, which made a store of its replica, and no other. */
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

  /** Whether its log ends no earlier than that of the other. */
  boolean isAsNewAs(ClusterNode other) {
    long own = lastTerm();
    long others = other.lastTerm();
    return own > others || (own == others && log.size() >= other.log.size());
  }

  private long lastTerm() {
    return log.isEmpty() ? 0 : log.get(log.size() - 1).term;
  }

  /** How many entries at the beginning are those of the other. */
  int common(ClusterNode other) {
    int common = Math.min(log.size(), other.log.size());
    while (common > 0 && log.get(common - 1) != other.log.get(common - 1)) {
      common--;
    }
    return common;
  }

  /** Takes the log of the leader for its own. */
  void take(ClusterNode leader) {
    int common = common(leader);
    cut(common);
    log.addAll(leader.log.subList(common, leader.log.size()));
    committed = Math.max(committed, Math.min(leader.committed, log.size()));
  }

  private void cut(int count) {
    if (count < committed) {
      throw new Violation(
          Invariant.SAME_CONTENT,
          name + " is to give up " + log.get(count) + ", which is committed");
    }
    log.subList(count, log.size()).clear();
    synced = Math.min(synced, count);
  }

  /** Its process has died, or the power was lost too, and with it the end of its log. */
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

  /** Applies the next of the entries that are committed. */
  ClusterEntry applyNext() {
    int index = replica.taken();
    ClusterEntry entry = log.get(index);
    if (entry.bytes == null) {
      replica.pass(entry.term, index);
      return entry;
    }
    Outcome outcome = replica.apply(entry.term, index, entry.bytes);
    if (outcome == Outcome.APPLIED && !entry.follows) {
      throw new Violation(Invariant.FENCED_NEVER_APPLIES, name + " applies " + entry);
    }
    if (outcome == Outcome.FENCED && entry.follows) {
      throw new Violation(Invariant.NO_CONFIRMED_LOSS, name + " passes by " + entry);
    }
    if (entry.outcome != null && entry.outcome != outcome) {
      throw new Violation(
          Invariant.SAME_CONTENT, name + " has " + outcome + " " + entry + ", another not");
    }
    entry.outcome = outcome;
    return entry;
  }

  /** Gets the last entry that it applied once more, which changes nothing. */
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
