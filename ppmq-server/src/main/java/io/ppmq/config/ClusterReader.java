package io.ppmq.config;

import static java.util.Objects.requireNonNull;

import io.ppmq.broker.request.Submission;
import io.ppmq.config.ClusterConfig.Role;
import io.ppmq.config.Section.Spot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;

/**
 * Reads the cluster of a file, and notes errors in it and conflicts of other keys with it. Does
 * nothing without {@code Cluster}.
 */
final class ClusterReader {
  private final Section file;
  private final Problems problems;
  private final boolean isAsked;
  private Map<String, HostPort> nodes = Map.of();

  ClusterReader(Section file, Problems problems) {
    this.file = file;
    this.problems = problems;
    this.isAsked = file.has("Cluster");
  }

  /** The line of {@code Cluster}; 0 without it. */
  int line() {
    return isAsked ? Problems.line(file.at("Cluster")) : 0;
  }

  /** Whether this machine is a relay, which needs no {@code DataPath}. */
  boolean isRelay() {
    return file.text("Cluster", ClusterKeys.ROLE.name()).equals(Role.RELAY.toString());
  }

  /** Null if there is none or it has an error. Call this before the others. */
  @Nullable ClusterConfig read(@Nullable DataPath dataPath, Sync sync, int maxValueBytes) {
    if (file.isEmpty("Cluster")) {
      file.error(file.at("Cluster"), "Cluster has no value: remove it if there is no cluster");
    }
    MappingNode mapping = ClusterKeys.CLUSTER.find(file);
    if (mapping == null) {
      return null;
    }
    Section cluster = new Section("Cluster", mapping, ClusterKeys.KEYS, problems);
    Role role = ClusterKeys.ROLE.in(cluster);
    String name = ClusterKeys.NAME.find(cluster);
    String node = ClusterKeys.NODE.find(cluster);
    boolean complete = readNodes(cluster);
    noteNode(cluster, node, role, complete);
    HostPort listen = listen(cluster, node, role);
    Path certificate = ClusterKeys.CERTIFICATE.find(cluster);
    Path key = ClusterKeys.KEY.find(cluster);
    Path ca = ClusterKeys.CA.find(cluster);
    Duration electionTimeout = electionTimeout(cluster);
    noteNeighbours(role, dataPath, sync, maxValueBytes);
    boolean right = complete && name != null && node != null && certificate != null;
    if (!right || key == null || ca == null || problems.hasErrors()) {
      return null;
    }
    return new ClusterConfig(
        requireNonNull(name),
        requireNonNull(node),
        listen,
        nodes,
        requireNonNull(certificate),
        key,
        ca,
        electionTimeout,
        role);
  }

  /** Whether all nodes are valid. */
  private boolean readNodes(Section cluster) {
    MappingNode mapping = ClusterKeys.NODES.find(cluster);
    if (mapping == null) {
      if (!cluster.has("Nodes")) {
        cluster.error(cluster.at("Nodes"), "Nodes is missing");
      }
      return false;
    }
    Map<String, HostPort> read = new LinkedHashMap<>();
    Map<HostPort, String> byAddress = new HashMap<>();
    List<String> names = new ArrayList<>();
    Section section = Section.ofNames("Cluster.Nodes", mapping, problems, names::add);
    for (String name : names) {
      String fault = Checks.faultOfName(name);
      if (fault != null) {
        section.error(section.at(name), Quoted.of(name) + " " + fault);
        continue;
      }
      HostPort address = section.required(name, HostPort::parse);
      String other = address == null ? null : byAddress.putIfAbsent(address, name);
      if (other != null) {
        section.error(section.at(name), name + " has the address of " + other + ": " + address);
      } else if (address != null) {
        read.put(name, address);
      }
    }
    nodes = read;
    if (!ClusterConfig.NODE_COUNTS.contains(names.size())) {
      cluster.error(
          cluster.at("Nodes"),
          "Nodes names "
              + names.size()
              + ": a cluster has 3 or 5 nodes, or 1, a single server for relays");
      return false;
    }
    return read.size() == names.size();
  }

  private void noteNode(Section cluster, @Nullable String node, Role role, boolean complete) {
    if (node == null || !complete) {
      return;
    }
    boolean named = nodes.containsKey(node);
    if (role == Role.NODE && !named) {
      cluster.error(
          cluster.at("Node"),
          "Node "
              + Quoted.of(node)
              + " is not among Nodes, "
              + String.join(", ", nodes.keySet())
              + ": a machine that is not a node needs Role: relay");
    } else if (role == Role.RELAY && named) {
      cluster.error(
          cluster.at("Node"),
          "Node " + Quoted.of(node) + " is among Nodes: a relay needs another name");
    }
  }

  private @Nullable HostPort listen(Section cluster, @Nullable String node, Role role) {
    HostPort listen = ClusterKeys.LISTEN.find(cluster);
    if (role == Role.RELAY) {
      if (listen != null) {
        cluster.warn(cluster.at("Listen"), "Listen has no effect with Role: relay");
      }
      return null;
    }
    return listen != null || cluster.has("Listen") || node == null ? listen : nodes.get(node);
  }

  private static Duration electionTimeout(Section cluster) {
    if (!cluster.has("ElectionTimeout")) {
      return ClusterConfig.ELECTION_TIMEOUT_DEFAULT;
    }
    Duration timeout = ClusterKeys.ELECTION_TIMEOUT.in(cluster);
    if (timeout.compareTo(ClusterConfig.ELECTION_TIMEOUT_MIN) < 0
        || timeout.compareTo(ClusterConfig.ELECTION_TIMEOUT_MAX) > 0) {
      cluster.error(
          cluster.at("ElectionTimeout"),
          "ElectionTimeout "
              + Quoted.of(cluster.text("ElectionTimeout"))
              + " must be from 100ms to 1m");
    }
    return timeout;
  }

  /** Notes the conflicts of other keys with the cluster. */
  private void noteNeighbours(
      Role role, @Nullable DataPath dataPath, Sync sync, int maxValueBytes) {
    if (sync != Sync.ALWAYS) {
      file.error(
          file.at("Sync"),
          "Sync must be always with Cluster, and is "
              + sync
              + ": a confirm means that a majority has it on disk");
    }
    if (maxValueBytes > Submission.SHARED_BYTES_MAX) {
      file.error(
          file.at("MaxValueBytes"),
          "MaxValueBytes, %d, must not be above %d with Cluster: a value is kept as one"
                  .formatted(maxValueBytes, Submission.SHARED_BYTES_MAX)
              + " commit by all nodes");
    }
    if (role == Role.NODE && dataPath instanceof DataPath.Memory) {
      file.error(
          file.at("DataPath"),
          "DataPath must be a directory with Cluster: each node keeps the queue on its disk");
    }
  }

  /** The nodes that may have the socket of a subscriber; empty means all. */
  List<String> placesOf(Section subscriber) {
    List<String> places = ClusterKeys.SUBSCRIBER_NODES.in(subscriber);
    if (places.isEmpty()) {
      if (subscriber.has("Nodes") || subscriber.isEmpty("Nodes")) {
        subscriber.error(subscriber.at("Nodes"), "Nodes is empty: remove it to use all nodes");
      }
      return places;
    }
    Spot spot = subscriber.spot("Nodes");
    if (!isAsked) {
      spot.warn("Nodes has no effect without Cluster");
    } else if (!subscriber.has("Socket")) {
      spot.warn("Nodes has no effect without Socket");
    }
    for (String place : places) {
      if (isAsked && !nodes.isEmpty() && !nodes.containsKey(place)) {
        spot.error(
            "Nodes names "
                + Quoted.of(place)
                + ", which is not among the Nodes of Cluster: "
                + String.join(", ", nodes.keySet()));
      }
    }
    return places;
  }

  /** Refuses users by number, since a user may have another number on each machine. */
  void noteUsers(Section section, String key, List<String> users) {
    for (String user : users) {
      if (isAsked && user.matches("[0-9]+")) {
        section.error(
            section.at(key),
            key
                + " "
                + user
                + " is a number, which may be another user on another node: with Cluster, rules must"
                + " use names");
      }
    }
  }
}
