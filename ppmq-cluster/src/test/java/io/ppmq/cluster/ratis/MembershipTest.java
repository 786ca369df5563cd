package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A change of the members that does not get through. */
@Timeout(300)
final class MembershipTest {
  @TempDir Path directory;

  /** The change is in the leader's log, and may be carried out once there is a majority again. */
  @Test
  void changeIsNotDeniedByALeaderThatLosesTheMajority() throws Exception {
    SortedMap<String, NodeAddress> listen = Node.addresses("a", "b");
    try (StuckLink toA = new StuckLink(listen.get("a").port());
        StuckLink toB = new StuckLink(listen.get("b").port())) {
      SortedMap<String, NodeAddress> overLinks = new TreeMap<>();
      overLinks.put("a", new NodeAddress("127.0.0.1", toA.port()));
      overLinks.put("b", new NodeAddress("127.0.0.1", toB.port()));
      try (Node a = new Node(settings("a", listen, overLinks));
          Node b = new Node(settings("b", listen, overLinks))) {
        a.start();
        b.start();
        a.member().found();
        b.member().join();
        Node.await("it leads", a::leads);

        toA.cut();
        toB.cut();
        assertThatThrownBy(() -> a.member().remove("b"))
            .isInstanceOf(ClusterException.class)
            .hasMessage(
                "the node a no longer leads: 'ppmq cluster status' shows whether the members have"
                    + " changed");
      }
    }
  }

  private ClusterSettings settings(
      String name, SortedMap<String, NodeAddress> listen, SortedMap<String, NodeAddress> nodes) {
    return Node.settings(name, directory.resolve(name), listen.get(name), nodes, Node.ELECTION);
  }
}
