package io.ppmq.config;

import io.ppmq.message.GoDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The machines that keep the queue together, and the part of this one.
 *
 * @param name the name of the cluster, the same on all nodes
 * @param node the name of this machine in its certificate
 * @param listen the address for the other nodes; null for a relay, to which no node connects
 * @param nodes the nodes that keep the queue, by name; 1, 3 or 5
 * @param certificate the file with this machine's certificate
 * @param key the file with its private key
 * @param ca the file with the certificates that sign those of the nodes
 * @param electionTimeout the nodes replace a leader that is silent for this long, or up to twice
 *     that
 * @param role the role of this machine
 */
public record ClusterConfig(
    String name,
    String node,
    @Nullable HostPort listen,
    Map<String, HostPort> nodes,
    Path certificate,
    Path key,
    Path ca,
    Duration electionTimeout,
    Role role) {
  /** The default of {@code ElectionTimeout}. */
  public static final Duration ELECTION_TIMEOUT_DEFAULT = Duration.ofSeconds(1);

  static final Duration ELECTION_TIMEOUT_MIN = Duration.ofMillis(100);
  static final Duration ELECTION_TIMEOUT_MAX = Duration.ofMinutes(1);

  /** The possible numbers of nodes: an even number survives no more losses than one node less. */
  static final Set<Integer> NODE_COUNTS = Set.of(1, 3, 5);

  /** The role of a machine in the cluster. */
  public enum Role {
    /** Keeps the queue, and may lead. */
    NODE,
    /** Keeps nothing, and offers its programs the same sockets. */
    RELAY;

    @Override
    public String toString() {
      return this == NODE ? "node" : "relay";
    }
  }

  /** Refuses with an {@link IllegalArgumentException} values that the parameters above rule out. */
  public ClusterConfig {
    Checks.name(name);
    Checks.name(node);
    nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    if (!NODE_COUNTS.contains(nodes.size())) {
      throw new IllegalArgumentException("a cluster of " + nodes.size() + " nodes");
    }
    Checks.isTrue(
        nodes.containsKey(node) == (role == Role.NODE), "a " + role + " with the name", node);
    if (role == Role.NODE && listen == null) {
      throw new IllegalArgumentException("a node that listens nowhere");
    }
  }

  /** Whether this machine keeps the queue. */
  public boolean isNode() {
    return role == Role.NODE;
  }

  /**
   * The nodes that may have the socket of a subscriber, in the order to try: first the leader
   * itself, if it is one of them.
   *
   * @param leader the leading node
   */
  public List<String> placesOf(SubscriberConfig subscriber, String leader) {
    List<String> named =
        subscriber.nodes().isEmpty()
            ? nodes.keySet().stream().sorted().toList()
            : subscriber.nodes();
    List<String> places = new ArrayList<>(named);
    if (places.remove(leader)) {
      places.add(0, leader);
    }
    return List.copyOf(places);
  }

  /** In the form of the file. */
  @Override
  public String toString() {
    return "{Name: %s, Node: %s, Listen: %s, Nodes: %s, Certificate: %s, Key: %s, CA: %s, ElectionTimeout: %s, Role: %s}"
        .formatted(
            name,
            node,
            listen == null ? "none" : listen,
            nodes,
            certificate,
            key,
            ca,
            GoDuration.format(electionTimeout),
            role);
  }
}
