package io.ppmq.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings of the cluster.
 *
 * @param name the cluster's; nodes of another do not talk to this one
 * @param node which of the nodes this is; with {@code relay} a name that is none of theirs
 * @param listen where this node listens; not used by a relay
 * @param nodes all that may be members, by name, this one among them
 * @param certificate this node's and those that lead to the CA, PEM; its alternative names have the
 *     node's name
 * @param key the certificate's key, PKCS #8 in PEM
 * @param ca whose certificates are accepted, PEM
 * @param electionTimeout how long a follower waits for the leader before it stands for election
 *     itself: at least this, at most twice
 * @param relay whether this machine keeps nothing and only relays
 * @param dataPath the directory of everything that is stored; not used by a relay
 * @param minFreeBytes below how much free disk a node says that it has no room
 * @param version of the program, for others to see
 */
public record ClusterSettings(
    String name,
    String node,
    NodeAddress listen,
    SortedMap<String, NodeAddress> nodes,
    Path certificate,
    Path key,
    Path ca,
    Duration electionTimeout,
    boolean relay,
    Path dataPath,
    long minFreeBytes,
    String version) {
  public ClusterSettings {
    nodes = new TreeMap<>(nodes);
    if (relay == nodes.containsKey(node)) {
      throw new IllegalArgumentException(
          node + (relay ? " relays and is one of the nodes" : " is none of the nodes"));
    }
  }

  /** A copy; changing it changes nothing. */
  @Override
  public SortedMap<String, NodeAddress> nodes() {
    return new TreeMap<>(nodes);
  }

  /** How many of the configured nodes are a majority. */
  public int majority() {
    return nodes.size() / 2 + 1;
  }
}
