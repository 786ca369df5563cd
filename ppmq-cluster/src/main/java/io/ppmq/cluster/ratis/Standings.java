package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus;
import io.ppmq.cluster.NodeStatus.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;

/** Puts together the state of the nodes from their last reports. */
final class Standings {
  private final ClusterSettings settings;
  private final Neighbours neighbours;

  Standings(ClusterSettings settings, Neighbours neighbours) {
    this.settings = settings;
    this.neighbours = neighbours;
  }

  /**
   * All nodes, by name.
   *
   * @param own the report of this node
   * @param leadersConfig the digest of the topics and subscribers in force; empty if unknown
   */
  List<NodeStatus> all(
      NodeReport own,
      Map<String, NodeAddress> addresses,
      List<RaftPeer> peers,
      @Nullable String leader,
      String leadersConfig) {
    TreeSet<String> names = new TreeSet<>(addresses.keySet());
    names.addAll(neighbours.names());
    long committed = committed(own, leader);
    List<NodeStatus> all = new ArrayList<>();
    for (String name : names) {
      boolean self = name.equals(settings.node());
      NodeReport report = self ? own : neighbours.report(name);
      NodeAddress address = addresses.get(name);
      if (report == null) {
        all.add(silent(name, address, peers));
        continue;
      }
      all.add(
          new NodeStatus(
              name,
              address == null ? report.address() : address.toString(),
              standing(report, peers),
              true,
              report.applied(),
              report.applied() < 0 || committed < 0
                  ? -1
                  : Math.max(0, committed - report.applied()),
              report.freeBytes(),
              report.version(),
              self ? Long.valueOf(0) : neighbours.skewMillis(name),
              !leadersConfig.isEmpty()
                  && report.standing() != Standing.RELAY
                  && !report.config().equals(leadersConfig)));
    }
    return all;
  }

  /** The last index that the leader knows to be committed. */
  private long committed(NodeReport own, @Nullable String leader) {
    NodeReport leads = leader == null ? null : neighbours.report(leader);
    return leads == null ? own.committed() : Math.max(leads.committed(), own.committed());
  }

  /**
   * The standing of a node. A node that believes to be a member, but whose place has another disk,
   * is none.
   */
  private static Standing standing(NodeReport report, List<RaftPeer> peers) {
    for (RaftPeer peer : peers) {
      String id = peer.getId().toString();
      if (NodeIdentity.nodeOf(id).equals(report.node())
          && !NodeIdentity.diskOf(id).equals(report.disk())) {
        return Standing.REFUSED;
      }
    }
    return report.standing();
  }

  private NodeStatus silent(String name, @Nullable NodeAddress address, List<RaftPeer> peers) {
    NodeReport last = neighbours.lastReport(name);
    boolean member =
        peers.stream().anyMatch(p -> NodeIdentity.nodeOf(p.getId().toString()).equals(name));
    return new NodeStatus(
        name,
        address == null ? "" : address.toString(),
        member ? Standing.UNKNOWN : Standing.ABSENT,
        false,
        last == null ? -1 : last.applied(),
        -1,
        -1,
        last == null ? null : last.version(),
        null,
        false);
  }

  /** The size of a directory. */
  static long bytes(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.mapToLong(
              path -> {
                try {
                  return Files.isRegularFile(path) ? Files.size(path) : 0;
                } catch (IOException removedMeanwhile) {
                  return 0;
                }
              })
          .sum();
    } catch (IOException | java.io.UncheckedIOException removedMeanwhile) {
      return 0;
    }
  }
}
