package io.ppmq.metrics;

import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.NodeStatus;
import java.util.function.ToLongFunction;

/** The metrics of a cluster, as one of its machines sees it. */
final class ClusterMetrics {
  private static final String NODE = "node";

  private ClusterMetrics() {}

  static void write(Exposition out, ClusterStatus status) {
    out.gauge("ppmq_cluster_leader", "Whether this node leads: 1 or 0.")
        .sample(status.node().equals(status.leader()) ? 1 : 0);
    out.gauge("ppmq_cluster_has_leader", "Whether a leader is known to this node: 1 or 0.")
        .sample(status.leader() == null ? 0 : 1);
    out.gauge("ppmq_cluster_faulty", "Whether this node does not take part as it should: 1 or 0.")
        .sample(status.fault() == null ? 0 : 1);
    out.gauge("ppmq_cluster_term", "The last term that this node has heard of.")
        .sample(status.term());
    index(out, "committed", "The last entry that a majority has.", status.committedIndex());
    index(out, "applied", "The last entry that this node's store has.", status.appliedIndex());
    out.counter("ppmq_cluster_elections_total", "Elections of a leader that this node has seen.")
        .sample(status.elections());
    out.counter(
        "ppmq_cluster_snapshots_total",
        "Whole copies of the store sent between nodes, by direction.");
    out.sample(status.checkpointsSent(), "direction", "sent");
    out.sample(status.checkpointsInstalled(), "direction", "installed");
    out.gauge("ppmq_cluster_log_bytes", "Bytes of the log of entries on this node's disk.")
        .sample(status.logBytes());
    out.counter("ppmq_cluster_fenced_total", "Entries of a former leader, which changed nothing.")
        .sample(status.fenced());
    out.gauge("ppmq_cluster_diverged", "Whether an entry did not follow from the store: 1 or 0.")
        .sample(status.diverged() ? 1 : 0);
    nodes(out, status);
  }

  private static void index(Exposition out, String what, String help, long index) {
    if (index >= 0) {
      out.gauge("ppmq_cluster_" + what + "_index", help).sample(index);
    }
  }

  private static void nodes(Exposition out, ClusterStatus status) {
    known(
        out.gauge("ppmq_cluster_lag_entries", "Committed entries that a node has not applied."),
        status,
        NodeStatus::lag);
    known(
        out.gauge("ppmq_cluster_free_bytes", "Free bytes on a node's disk."),
        status,
        NodeStatus::freeBytes);
    known(
        out.gauge("ppmq_cluster_peer_up", "Whether a node was heard recently: 1 or 0."),
        status,
        node -> node.up() ? 1 : 0);
    known(
        out.gauge(
            "ppmq_cluster_config_differs",
            "Whether the topics or subscribers of a node differ from the leader's: 1 or 0."),
        status,
        node -> node.configDiffers() ? 1 : 0);
    out.gauge(
        "ppmq_cluster_clock_skew_seconds",
        "Seconds by which another node's clock is ahead of this node's.");
    for (NodeStatus node : status.nodes()) {
      Long skewMillis = node.clockSkewMillis();
      if (skewMillis != null && !node.node().equals(status.node())) {
        out.milliseconds(skewMillis, NODE, node.node());
      }
    }
  }

  /** A sample of each node with a known value. */
  private static void known(
      Exposition out, ClusterStatus status, ToLongFunction<NodeStatus> value) {
    for (NodeStatus node : status.nodes()) {
      if (value.applyAsLong(node) >= 0) {
        out.sample(value.applyAsLong(node), NODE, node.node());
      }
    }
  }
}
