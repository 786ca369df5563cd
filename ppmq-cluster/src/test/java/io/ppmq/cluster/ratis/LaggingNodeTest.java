package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that stopped before the others. */
@Timeout(300)
final class LaggingNodeTest {
  @TempDir Path directory;
  private final List<Node> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.parallelStream().forEach(Node::close);
  }

  @Test
  void withOneOfTheOthersItIsAMajority() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a", "b", "c");
    for (String name : addresses.keySet()) {
      start(name, addresses);
    }
    nodes.get(0).member().found();
    nodes.get(1).member().join();
    nodes.get(2).member().join();
    Node led = Node.leader(nodes);
    led.member().verify();
    Node.await("all have it", () -> nodes.stream().allMatch(n -> applied(n) == applied(led)));
    Thread.sleep(
        2 * led.settings.electionTimeout().toMillis()); // all nodes know that all have the entry

    List<Node> followers = nodes.stream().filter(n -> n != led).toList();
    Node lagging = followers.get(0);
    Node next = followers.get(1);
    stop(lagging);
    led.member().transfer(next.name());
    Node.await(
        "another leads", next::leads); // the entries of the new leader are in a new file of the log
    next.member().verify();
    stop(next);
    stop(led);
    start(lagging.name(), addresses);
    start(led.name(), addresses);

    Node unused = Node.leader(nodes);
  }

  private void start(String name, SortedMap<String, NodeAddress> addresses) throws Exception {
    Node node = new Node(Node.settings(name, directory.resolve(name), addresses));
    Node.await("its port is free", node::tryStart);
    nodes.add(node);
  }

  private void stop(Node node) {
    node.close();
    nodes.remove(node);
  }

  private static long applied(Node node) {
    return node.member().status().appliedIndex();
  }
}
