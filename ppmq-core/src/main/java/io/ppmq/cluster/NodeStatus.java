package io.ppmq.cluster;

import org.jspecify.annotations.Nullable;

/**
 * The state of one node, as this one last heard.
 *
 * @param node its name
 * @param address the address on which it listens
 * @param standing its role in the cluster
 * @param up whether it was heard within twice the election timeout; this node itself is up
 * @param appliedIndex the last entry that it has applied; -1 if unknown
 * @param lag the number of committed entries that it has not applied; -1 if unknown
 * @param freeBytes the free space of its disk; -1 if unknown
 * @param version the version of its program; null if unknown
 * @param clockSkewMillis the time by which its wall clock is ahead of this node's, accurate to half
 *     a round trip; null if unknown
 * @param configDiffers whether its topics or subscribers differ from the leader's
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
    @Nullable Long clockSkewMillis,
    boolean configDiffers) {
  /** The role of a node in the cluster. */
  public enum Standing {
    /** Its disk is empty: it was neither founded nor has it joined. */
    WAITING,
    /** It was a member when it stopped, and waits for others to recognise its disk. */
    RETURNING,
    /** It gets the missing data, and does not vote yet. */
    JOINING,
    FOLLOWER,
    CANDIDATE,
    LEADER,
    /**
     * It has a member's name and not its disk, the disk of a member that was removed, or an older
     * copy of a member's disk.
     */
    REFUSED,
    /** It is configured, but not a member. */
    ABSENT,
    RELAY,
    UNKNOWN
  }
}
