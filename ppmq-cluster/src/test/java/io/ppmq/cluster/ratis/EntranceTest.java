package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The report of a node about itself on its way into a cluster. */
@Timeout(300)
final class EntranceTest {
  @TempDir Path directory;

  @Test
  void whatIsStillToBeDoneIsSaidUntilANodeLeads() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a", "b", "c");
    try (Node a = new Node(Node.settings("a", directory.resolve("a"), addresses));
        Node b = new Node(Node.settings("b", directory.resolve("b"), addresses))) {
      a.start();
      b.start();
      assertThat(a.member().status().fault())
          .startsWith("the node a is in no cluster: 'ppmq cluster init' founds one");
      a.member().found();
      Node.await("it is elected", () -> "a".equals(a.member().leader()));
      assertThat(a.leads()).isFalse();
      assertThat(a.member().status().fault())
          .isEqualTo(
              "no node leads before the cluster has 2 members, and it has 1: 'ppmq cluster join' on"
                  + " another of the nodes [a, b, c] makes it a member");
      b.member().join();
      Node.await("it leads", a::leads);
      Node.await("a has no fault", () -> a.member().status().fault() == null);
      Node.await("b has no fault", () -> b.member().status().fault() == null);
    }
  }
}
