package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.store.rocksdb.EntryForm;
import io.ppmq.store.rocksdb.Replica;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part of a node itself in its entry into a cluster. */
final class Entrance {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long JOIN_MILLIS = 30_000;
  private static final long LEADER_POLL_MILLIS = 100;

  private final ClusterSettings settings;
  private final RaftNode raft;
  private final Replica replica;
  private final Neighbours neighbours;

  Entrance(ClusterSettings settings, RaftNode raft, Replica replica, Neighbours neighbours) {
    this.settings = settings;
    this.raft = raft;
    this.replica = replica;
    this.neighbours = neighbours;
  }

  /** See {@link io.ppmq.cluster.Member#found}. */
  void found() throws ClusterException {
    for (NodeReport report : neighbours.up().values()) {
      if (!report.group().isEmpty()) {
        throw new ClusterException(
            "the node " + report.node() + " is in a cluster: 'ppmq cluster join' admits this one");
      }
    }
    raft.found();
    LOG.info("the cluster {} is founded", settings.name());
  }

  /**
   * Waits for the leader of a cluster that this node is not a member of.
   *
   * @return the name of the leader
   * @throws ClusterException if no node leads, or this node cannot join
   */
  String awaitLeader() throws ClusterException {
    if (isMember()) {
      throw new ClusterException("the node " + settings.node() + " is a member already");
    }
    checkEmpty();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    while (System.nanoTime() - end < 0) {
      String leads = leaderHeard();
      if (leads != null) {
        return leads;
      }
      try {
        Thread.sleep(LEADER_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ClusterException("the node stops", e);
      }
    }
    throw new ClusterException(
        "none of the nodes "
            + settings.nodes().keySet()
            + " leads a cluster: 'ppmq cluster init' founds one");
  }

  /**
   * The remaining step before this node can take part; null if there is none.
   *
   * @param serves whether it leads, and its broker takes commands
   */
  @Nullable String fault(boolean serves) {
    if (raft.division() == null) {
      return raft.isReturning()
          ? null
          : "the node "
              + settings.node()
              + " is in no cluster: 'ppmq cluster init' founds one, 'ppmq cluster join' admits this"
              + " node to one";
    }
    int members = raft.peers().size();
    return serves || members == 0 || members >= settings.majority()
        ? null
        : "no node leads before the cluster has "
            + settings.majority()
            + " members, and it has "
            + members
            + ": 'ppmq cluster join' on another of the nodes "
            + settings.nodes().keySet()
            + " makes it a member";
  }

  /** The node that says that it leads, in a cluster that this one may not be in; null for none. */
  @Nullable String leaderHeard() {
    for (NodeReport report : neighbours.up().values()) {
      if (report.standing() == Standing.LEADER && !report.node().equals(settings.node())) {
        return report.node();
      }
    }
    return null;
  }

  /** Whether this node is a member of the group, as far as it knows. */
  boolean isMember() {
    return raft.peers().stream()
        .anyMatch(p -> NodeIdentity.nodeOf(p.getId().toString()).equals(settings.node()));
  }

  private void checkEmpty() throws ClusterException {
    if (raft.division() == null && replica.isFounded()) {
      throw new ClusterException(
          "the DataPath of the node "
              + settings.node()
              + " is not empty: a node that joins must begin with an empty one");
    }
  }

  /**
   * Handles {@link Question.Verb#ENTER} of a leader that admits this node; returns the word of its
   * disk.
   */
  String enter(List<String> words) throws ClusterException {
    if (!words.isEmpty()) {
      if (!words.get(0).equals(settings.name())) {
        throw new ClusterException("this node belongs to the cluster " + settings.name());
      }
      checkEmpty();
      checkReadable(words.size() < 3 ? EntryForm.FIRST : Integer.parseInt(words.get(2)));
      raft.enter(UUID.fromString(words.get(1)));
    }
    return raft.identity().disk();
  }

  private void checkReadable(int form) throws ClusterException {
    if (form > EntryForm.newest()) {
      throw new ClusterException(
          "the cluster writes entries of form "
              + form
              + ", the ppMQ of the node "
              + settings.node()
              + " reads forms up to "
              + EntryForm.newest()
              + ": install a newer version there");
    }
  }
}
