package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node's view of another over a failing network. */
@Timeout(300)
final class NeighboursTest {
  @TempDir Path directory;

  @Test
  void aNodeIsHeardSoonAfterTheNetworkIsBackWhateverBecameOfTheConnection() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a", "b", "c");
    try (StuckLink link = new StuckLink(addresses.get("a").port())) {
      SortedMap<String, NodeAddress> overLink = new TreeMap<>(addresses);
      overLink.put("a", new NodeAddress("127.0.0.1", link.port()));
      // a sends no hello to b, so it is heard over the link or not at all.
      SortedMap<String, NodeAddress> elsewhere = new TreeMap<>(addresses);
      elsewhere.put("b", Node.addresses("b").get("b"));
      try (Node a = new Node(Node.settings("a", directory.resolve("a"), elsewhere));
          Node b = new Node(Node.settings("b", directory.resolve("b"), overLink))) {
        a.start();
        b.start();
        Node.await("a is heard", () -> isUp(b, "a"));
        link.cut();
        Node.await("a is down", () -> !isUp(b, "a"));
        link.heal();
        Node.await("a is heard again", () -> isUp(b, "a"));
      }
    }
  }

  private static boolean isUp(Node asked, String of) {
    for (NodeStatus status : asked.member().status().nodes()) {
      if (status.node().equals(of)) {
        return status.up();
      }
    }
    return false;
  }
}
