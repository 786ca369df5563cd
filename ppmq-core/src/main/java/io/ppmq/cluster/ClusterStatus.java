package io.ppmq.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of the cluster, as this node sees it.
 *
 * @param name the cluster's
 * @param node this one's
 * @param leader the name of the one that leads; null while none is known
 * @param term the last that this node has heard of; 0 before there was one
 * @param committedIndex the last entry that a majority has; -1 where there is none
 * @param appliedIndex the last entry that this node's store has; -1 where there is none
 * @param nodes by name: members, and those that are configured
 * @param elections how many elections of a leader this node has seen
 * @param checkpointsSent how many checkpoints other nodes took from this one
 * @param checkpointsInstalled how many this one took
 * @param logBytes the size of the log of entries on this node's disk
 * @param fenced how many entries came from a leader that led no longer, and changed nothing
 * @param diverged whether an entry did not follow from what this node has; it has stopped then
 * @param fault why this node does not take part as it should, in a sentence; null when it does
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
