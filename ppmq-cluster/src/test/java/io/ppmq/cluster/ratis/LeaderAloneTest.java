package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A leader that is cut off from all others while there is no traffic. */
@Timeout(300)
final class LeaderAloneTest {
  private static final Duration ELECTION = Duration.ofSeconds(2);

  /** Additional time for a busy machine. */
  private static final Duration GRACE = Duration.ofMillis(800);

  @TempDir Path directory;

  @Test
  void aLeaderThatIsCutOffLeadsNoMoreAfterTwoElectionTimeouts() throws Exception {
    SortedMap<String, NodeAddress> listen = Node.addresses("a", "b", "c");
    SortedMap<String, NodeAddress> overLinks = new TreeMap<>();
    List<StuckLink> links = new ArrayList<>();
    List<Node> nodes = new ArrayList<>();
    try {
      for (Map.Entry<String, NodeAddress> node : listen.entrySet()) {
        StuckLink link = new StuckLink(node.getValue().port());
        links.add(link);
        overLinks.put(node.getKey(), new NodeAddress("127.0.0.1", link.port()));
      }
      for (String name : listen.keySet()) {
        Node node = new Node(settings(name, listen, overLinks));
        nodes.add(node);
        node.start();
      }
      nodes.get(0).member().found();
      nodes.get(1).member().join();
      nodes.get(2).member().join();
      Node leader = Node.leader(nodes);
      Thread.sleep(ELECTION.toMillis()); // no traffic meanwhile

      links.forEach(StuckLink::cut);
      long cutNanos = System.nanoTime();
      Node.await("it leads no more", () -> !leader.leads());
      assertThat(Duration.ofNanos(System.nanoTime() - cutNanos))
          .isLessThan(ELECTION.multipliedBy(2).plus(GRACE));
    } finally {
      nodes.parallelStream().forEach(Node::close);
      for (StuckLink link : links) {
        link.close();
      }
    }
  }

  private ClusterSettings settings(
      String name, SortedMap<String, NodeAddress> listen, SortedMap<String, NodeAddress> nodes) {
    return Node.settings(name, directory.resolve(name), listen.get(name), nodes, ELECTION);
  }
}
