package io.ppmq.cluster;

import org.jspecify.annotations.Nullable;

/**
 * How one node stands, as this one last heard.
 *
 * @param node its name
 * @param address where it listens
 * @param standing what it is in the cluster
 * @param up whether it was heard within twice the election timeout; this node itself is up
 * @param appliedIndex the last entry that it has applied; -1 where it is not known
 * @param lag how many committed entries it has not applied; -1 where it is not known
 * @param freeBytes what its disk has room for; -1 where it is not known
 * @param version of its program; null where it is not known
 * @param clockSkewMillis by how much its wall clock is ahead of this node's, to half the time of a
 *     round trip
 * @param configDiffers whether its topics or subscribers are not the leader's
 */
public record NodeStatus(
    String node,
    String address,
    Standing standing,
    boolean up,
    long appliedIndex,
    long lag,
    long freeBytes,
    @Nullable String version,
    long clockSkewMillis,
    boolean configDiffers) {
  /** What a node is in the cluster. */
  public enum Standing {
    /** Its disk is empty: it was neither founded nor has it joined. */
    WAITING,
    /** It was a member when it stopped, and waits for others to recognise what is on its disk. */
    RETURNING,
    /** It is being given what it lacks, and does not vote yet. */
    JOINING,
    FOLLOWER,
    CANDIDATE,
    LEADER,
    /**
     * It has a member's name and not its disk, the disk of a member that was removed, or an older
     * copy of a member's disk.
     */
    REFUSED,
    /** It is configured, and no member. */
    ABSENT,
    RELAY,
    UNKNOWN
  }
}
