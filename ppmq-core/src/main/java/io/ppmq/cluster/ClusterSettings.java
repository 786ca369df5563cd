package io.ppmq.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings of the cluster.
 *
 * @param name the name of the cluster; nodes of other clusters do not talk to this one
 * @param node the name of this node; with {@code relay} a name that none of the nodes has
 * @param listen the address on which this node listens; not used by a relay
 * @param nodes all nodes that may be members, by name, including this one
 * @param certificate the certificate of this node and the chain to the CA, PEM; its alternative
 *     names contain the node's name
 * @param key the certificate's key, PKCS #8 in PEM
 * @param ca the CA whose certificates are accepted, PEM
 * @param electionTimeout the time that a follower waits for the leader before it stands for
 *     election: at least this, at most twice
 * @param relay whether this machine keeps nothing and only relays
 * @param dataPath the directory of everything that is stored; not used by a relay
 * @param minFreeBytes with less free disk a node reports that it has no room
 * @param version the version of the program, for other nodes
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
          node + (relay ? " is a relay and one of the nodes" : " is not one of the nodes"));
    }
  }

  /** A copy; changing it changes nothing. */
  @Override
  public SortedMap<String, NodeAddress> nodes() {
    return new TreeMap<>(nodes);
  }

  /** The number of configured nodes that are a majority. */
  public int majority() {
    return nodes.size() / 2 + 1;
  }
}
