package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A leader that must refuse publishes for lack of room on its disk. */
@Timeout(300)
final class FullDiskTest {
  private static final long MORE_THAN_ANY_DISK = 1L << 60;

  @TempDir Path directory;

  @Test
  void aLeaderWithoutRoomHasANodeLeadThatHasRoom() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a", "b", "c");
    try (Node a = new Node(Node.settings("a", directory.resolve("a"), addresses));
        Node b = new Node(Node.settings("b", directory.resolve("b"), addresses));
        Node c = new Node(Node.settings("c", directory.resolve("c"), addresses))) {
      List<Node> all = List.of(a, b, c);
      for (Node node : all) {
        node.start();
      }
      a.member().found();
      b.member().join();
      c.member().join();
      Node leader = Node.leader(all);

      for (Node node : all) {
        node.member().leaveFree(MORE_THAN_ANY_DISK);
      }
      Thread.sleep(Duration.ofSeconds(4).toMillis());
      assertThat(leader.leads()).as("no other has room either").isTrue();

      Node roomy = all.stream().filter(n -> n != leader).findFirst().orElseThrow();
      roomy.member().leaveFree(0);
      long sinceNanos = System.nanoTime();
      Node.await("the node leads that has room", roomy::leads);
      assertThat(Duration.ofNanos(System.nanoTime() - sinceNanos))
          .isLessThan(Duration.ofSeconds(5));
    }
  }
}
