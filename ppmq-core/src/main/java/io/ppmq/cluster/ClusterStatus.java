package io.ppmq.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of the cluster, as this node sees it.
 *
 * @param name the name of the cluster
 * @param node the name of this node
 * @param leader the name of the leader; null while none is known
 * @param term the last term that this node has heard of; 0 before the first
 * @param committedIndex the last entry that a majority has; -1 if there is none
 * @param appliedIndex the last entry that this node's store has; -1 if there is none
 * @param nodes the members and the configured nodes, by name
 * @param elections the number of elections that this node has seen
 * @param checkpointsSent the number of checkpoints that other nodes took from this one
 * @param checkpointsInstalled the number that this one took
 * @param logBytes the size of the log of entries on this node's disk
 * @param fenced the number of entries from a leader that no longer led; they changed nothing
 * @param diverged whether an entry did not follow from the data of this node, which then has
 *     stopped
 * @param fault the reason, in a sentence, why this node does not take part properly; null when it
 *     does
 */
public record ClusterStatus(
    String name,
    String node,
    @Nullable String leader,
    long term,
    long committedIndex,
    long appliedIndex,
    List<NodeStatus> nodes,
    long elections,
    long checkpointsSent,
    long checkpointsInstalled,
    long logBytes,
    long fenced,
    boolean diverged,
    @Nullable String fault) {
  public ClusterStatus {
    nodes = List.copyOf(nodes);
  }
}
