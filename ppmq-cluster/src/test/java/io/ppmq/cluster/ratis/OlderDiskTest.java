package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus;
import io.ppmq.cluster.NodeStatus.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk is restored to an older copy. */
@Timeout(300)
final class OlderDiskTest {
  @TempDir Path directory;
  private SortedMap<String, NodeAddress> addresses;
  private final List<Node> nodes = new ArrayList<>();

  @BeforeEach
  void found() throws Exception {
    addresses = Node.addresses("a", "b", "c");
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    nodes.get(0).member().found();
    nodes.get(1).member().join();
    nodes.get(2).member().join();
  }

  @AfterEach
  void stop() {
    nodes.parallelStream().forEach(Node::close);
  }

  private Node start(String name) throws Exception {
    Node node = new Node(Node.settings(name, disk(name), addresses));
    Node.await("its port is free", node::tryStart);
    nodes.add(node);
    return node;
  }

  private Path disk(String name) {
    return directory.resolve(name);
  }

  private void stop(Node node) {
    node.close();
    nodes.remove(node);
  }

  private Node leader() throws Exception {
    return Node.leader(nodes);
  }

  private Node follower() throws Exception {
    Node leader = leader();
    return nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
  }

  private static Standing standing(Node asked, String of) {
    return asked.member().status().nodes().stream()
        .filter(n -> n.node().equals(of))
        .map(NodeStatus::standing)
        .findFirst()
        .orElse(Standing.ABSENT);
  }

  /** Replaces the disk of a stopped node by the copy. */
  private void putBack(String name, Path copy) throws IOException {
    delete(disk(name));
    copy(copy, disk(name));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void awaitFollowing(Node node) throws Exception {
    long index = leader().member().status().committedIndex();
    Node.await(
        "it has caught up",
        () ->
            standing(node, node.name()) == Standing.FOLLOWER
                && node.member().status().appliedIndex() >= index);
  }

  @Test
  void anOlderDiskIsNotLetInUntilItIsReplaced() throws Exception {
    Node node = follower();
    String name = node.name();
    awaitFollowing(node);
    stop(node);
    Path copy = directory.resolve("copy");
    copy(disk(name), copy);

    node = start(name);
    leader().member().verify(); // appends an entry to the log
    awaitFollowing(node);
    Thread.sleep(2 * node.settings.electionTimeout().toMillis()); // it has reported that
    stop(node);
    putBack(name, copy);

    Node older = start(name);
    Node.await("it is refused", () -> standing(older, name) == Standing.REFUSED);
    assertThat(older.member().status().fault())
        .contains("is older than it was", "ppmq cluster replace " + name);
    assertThat(leader().member().verify().silent()).containsExactly(name);

    stop(older);
    delete(disk(name));
    Node empty = start(name);
    Node.await("it waits", () -> standing(leader(), name) == Standing.REFUSED);
    leader().member().replace(name);
    awaitFollowing(empty);
  }

  @Test
  void anOlderDiskIsKnownAfterAllWereStopped() throws Exception {
    String name = follower().name();
    awaitFollowing(follower());
    stop(follower());
    Path copy = directory.resolve("copy");
    copy(disk(name), copy);
    Node node = start(name);
    leader().member().verify();
    awaitFollowing(node);
    Thread.sleep(2 * node.settings.electionTimeout().toMillis());
    for (Node each : List.copyOf(nodes)) {
      stop(each);
    }
    putBack(name, copy);
    for (String each : List.of("a", "b", "c")) {
      start(each);
    }
    Node older = nodes.stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
    leader();
    Node.await("it is refused", () -> standing(older, name) == Standing.REFUSED);
  }

  @Test
  void aMemberThatWasRemovedWhileItWasDownIsToldSo() throws Exception {
    Node node = follower();
    String name = node.name();
    awaitFollowing(node);
    stop(node);
    leader().member().remove(name);
    Node removed = start(name);
    Node.await("it is refused", () -> standing(removed, name) == Standing.REFUSED);
    assertThat(removed.member().status().fault()).contains("ppmq cluster add " + name);
    assertThat(removed.failure).isNull();
  }

  @Test
  void aStoreThatIsOlderThanItsLogIsRefused() throws Exception {
    String name = follower().name();
    awaitFollowing(follower());
    stop(follower());
    Path log = disk(name).resolve("ppmq.raft");
    try (Stream<Path> files = Files.walk(log)) {
      Path first =
          files
              .filter(f -> String.valueOf(f.getFileName()).startsWith("log_"))
              .findFirst()
              .orElseThrow();
      Files.move(first, first.resolveSibling("log_inprogress_5000"));
    }
    Node older = new Node(Node.settings(name, disk(name), addresses));
    assertThatThrownBy(older::start)
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("is older than the log beside it")
        .hasMessageContaining("ppmq cluster replace");
  }
}
