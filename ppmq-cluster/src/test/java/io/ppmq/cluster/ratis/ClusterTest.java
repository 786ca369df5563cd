package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.Caller;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.cluster.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes in one process; each test leaves three behind. */
@Timeout(300)
final class ClusterTest {
  @TempDir static Path directory;
  private static SortedMap<String, NodeAddress> addresses;
  private static final List<Node> NODES = new ArrayList<>();

  @BeforeAll
  static void found() throws Exception {
    addresses = Node.addresses("a", "b", "c");
    Node a = started("a");
    Node b = started("b");
    Node c = started("c");
    NODES.addAll(List.of(a, b, c));
    a.member().found();
    b.member().join();
    c.member().join();
  }

  @BeforeEach
  void awaitLeader() throws Exception {
    NODES.forEach(node -> node.brought.clear());
    Node leader = leader();
    for (Node node : NODES) {
      Node.await(
          node.name() + " knows the leader", () -> leader.name().equals(node.member().leader()));
    }
  }

  @AfterAll
  static void stop() {
    NODES.parallelStream().forEach(Node::close);
    NODES.clear();
  }

  private static Node started(String name) throws ClusterException {
    Node node = node(name, name);
    node.start();
    return node;
  }

  private static Node node(String name, String disk) {
    return new Node(Node.settings(name, directory.resolve(disk), addresses));
  }

  private static Node leader() throws Exception {
    return Node.leader(NODES);
  }

  private static Node follower() throws Exception {
    Node leader = leader();
    return NODES.stream().filter(n -> n != leader).findFirst().orElseThrow();
  }

  private static Standing standing(Node asked, String of) {
    for (NodeStatus status : asked.member().status().nodes()) {
      if (status.node().equals(of)) {
        return status.standing();
      }
    }
    return Standing.ABSENT;
  }

  @Test
  void threeNodesHoldTheSameAndTheNextLeadsWhenOneIsGone() throws Exception {
    Node first = leader();
    Verification before = first.member().verify();
    assertThat(before.digests()).hasSize(3);
    assertThat(before.agrees()).isTrue();
    assertThat(before.silent()).isEmpty();

    first.close();
    NODES.remove(first);
    Node second = leader();
    assertThat(second).isNotSameAs(first);
    Verification after = second.member().verify();
    assertThat(after.digests().values()).containsOnly(before.digests().values().iterator().next());
    assertThat(after.silent()).containsExactly(first.name());
    Node.await("it is missed", () -> !isUp(second, first.name()));
    assertThatThrownBy(() -> second.member().transfer(first.name()))
        .as("a try would stop the leader for seconds")
        .hasMessage("the node " + first.name() + " is not heard: it cannot lead");

    Node.await("its port is free", first::tryStart);
    NODES.add(first);
    Node.await(
        "it is back",
        () -> {
          ClusterStatus status = first.member().status();
          return status.appliedIndex() >= after.index();
        });
    assertThat(second.member().verify().digests()).hasSize(3);
  }

  @Test
  void anEmptyDiskIsNotLetInUnderItsOldNameUntilItIsReplaced() throws Exception {
    Node lost = follower();
    lost.close();
    NODES.remove(lost);
    Node empty = node(lost.name(), "another");
    empty.start();
    NODES.add(empty);
    Node.await("it is refused", () -> standing(empty, empty.name()) == Standing.REFUSED);
    assertThat(empty.member().status().fault()).contains("ppmq cluster replace " + lost.name());
    assertThatThrownBy(() -> empty.member().join())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("ppmq cluster replace");

    Node leader = leader();
    empty.member().replace(lost.name()); // where its fault is read
    Node.await("it follows", () -> standing(empty, empty.name()) == Standing.FOLLOWER);
    assertThat(empty.member().status().checkpointsInstalled()).isPositive();
    assertThat(leader.member().verify().digests()).hasSize(3);
  }

  /** On a full disk Ratis leaves its file empty, and would not start with it. */
  @Test
  void aNodeThatLostItsTermOnAFullDiskGoesOnInALaterOne() throws Exception {
    Node full = follower();
    full.close();
    NODES.remove(full);
    try (Stream<Path> files = Files.walk(full.settings.dataPath())) {
      Path file = files.filter(f -> f.endsWith("current/raft-meta")).findFirst().orElseThrow();
      Files.write(file, new byte[0]);
    }
    Node again = node(full.name(), full.settings.dataPath().getFileName().toString());
    again.start();
    NODES.add(again);
    Node.await(
        "it follows, or leads",
        () -> !again.member().status().nodes().isEmpty() && again.member().leader() != null);
    Node.await("all hold the same", () -> leader().member().verify().digests().size() == 3);
  }

  private static boolean isUp(Node asked, String name) {
    return asked.member().status().nodes().stream()
        .anyMatch(node -> node.node().equals(name) && node.up());
  }

  @Test
  void leadershipIsTransferred() throws Exception {
    Node before = leader();
    Node next = follower();
    next.member().transfer(next.name());
    Node.await("the next leads", next::leads);
    Node.await("the one before does not", () -> !before.leads());
    Node.await("it knows who does", () -> next.name().equals(before.follows));
    assertThat(before.ended)
        .as("what was never proposed is refused, and not in doubt")
        .isEqualTo("this node no longer leads the cluster");
  }

  @Test
  void aMemberIsNotAddedAtAnotherAddress() throws Exception {
    Node other = follower();
    NodeAddress elsewhere = new NodeAddress("127.0.0.1", 1);
    assertThatThrownBy(() -> leader().member().add(other.name(), elsewhere))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("is a member already, at " + addresses.get(other.name()));
  }

  /** It would be counted twice. */
  @Test
  @Timeout(30)
  void aNodeIsNotAddedAtTheAddressOfAnother() throws Exception {
    Node other = follower();
    NodeAddress taken = addresses.get(other.name());
    assertThatThrownBy(() -> leader().member().add("d", taken))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining(taken + " is the address of the node " + other.name());
    assertThat(standing(leader(), "d")).isEqualTo(Standing.ABSENT);
  }

  @Test
  void aNodeWithOtherTopicsIsNotTransferredTo() throws Exception {
    Node other = follower();
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    other.member().configured("others");
    try {
      Node.await(
          "the leader knows",
          () ->
              leader().member().status().nodes().stream()
                  .anyMatch(n -> n.node().equals(other.name()) && n.configDiffers()));
      assertThatThrownBy(() -> leader().member().transfer(other.name()))
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("differ from the leader's: it cannot lead");
      Node.await(
          "it says so itself",
          () ->
              log.toString(StandardCharsets.UTF_8)
                  .contains("of this node differ from the leader's"));
      other.member().configured(other.config);
      Node.await(
          "it says that they are again",
          () ->
              log.toString(StandardCharsets.UTF_8)
                  .contains("of this node agree with the leader's again"));
    } finally {
      System.setErr(before);
      other.member().configured(other.config);
    }
    Node.await(
        "the leader knows",
        () -> leader().member().status().nodes().stream().noneMatch(NodeStatus::configDiffers));
  }

  @Test
  void bytesAreRelayedToTheLeaderAndBackWithTheUser() throws Exception {
    Node leader = leader();
    Node follower = follower();
    Caller caller = new Caller("alice", follower.name());
    try (SocketChannel here = follower.member().connect(new Destination.Values(caller)).get();
        SocketChannel there = leader.awaitBrought()) {
      assertThat(leader.caller).isEqualTo(caller);
      String large = "x".repeat(3_000_000);
      Thread writer = new Thread(() -> write(here, large));
      writer.start();
      assertThat(read(there, large.length())).isEqualTo(large);
      writer.join();
      write(there, "answer");
      assertThat(read(here, 6)).isEqualTo("answer");
      here.shutdownOutput();
      assertThat(there.read(ByteBuffer.allocate(1))).isNegative();
      write(there, "late");
      assertThat(read(here, 4)).isEqualTo("late");
    }
  }

  @Test
  void aResetIsRelayed() throws Exception {
    Node leader = leader();
    Node follower = follower();
    SocketChannel here =
        leader.member().connect(new Destination.Subscriber(follower.name(), "mailer")).get();
    SocketChannel there = follower.awaitBrought();
    there.setOption(StandardSocketOptions.SO_LINGER, 0);
    there.close();
    assertThatThrownBy(() -> here.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    here.close();
    assertThatThrownBy(
            () ->
                leader
                    .member()
                    .connect(new Destination.Subscriber(follower.name(), "nobody"))
                    .get())
        .hasMessageContaining("nobody listens as nobody");
  }

  @Test
  void relayedConnectionsEndWithTheLeader() throws Exception {
    Node follower = follower();
    SocketChannel here =
        follower.member().connect(new Destination.Values(new Caller(null, follower.name()))).get();
    follower.member().transfer(follower.name());
    assertThat(endOf(here)).isTrue();
  }

  @Test
  void aRelayKeepsNothingAndRelays() throws Exception {
    Node relay = started("r");
    Node.await("it knows the leader", () -> relay.follows != null);
    try (relay;
        SocketChannel here =
            relay.member().connect(new Destination.Values(new Caller("bob", "r"))).get();
        SocketChannel there = leader().awaitBrought()) {
      write(here, "value");
      assertThat(read(there, 5)).isEqualTo("value");
    }
  }

  @Test
  void aNodeSpeaksForItselfAlone() throws Exception {
    Node follower = follower();
    Destination asAnother = new Destination.Values(new Caller("root", leader().name()));
    assertThatThrownBy(() -> follower.member().connect(asAnother).get())
        .hasMessageContaining("its certificate is for [" + follower.name() + "] and not for");
  }

  @Test
  void aCertificateForAnotherNodeIsRefused() {
    assertThatThrownBy(
            () ->
                new Node(Node.settings("a", "c", "ca.pem", directory.resolve("x"), addresses))
                    .start())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("has not the name of this node, a");
  }

  @Test
  void aCertificateOfAnotherCaIsRefused() throws Exception {
    SortedMap<String, NodeAddress> others = Node.addresses("a", "b", "c");
    try (Node b = new Node(Node.settings("b", directory.resolve("y"), others));
        Node c = new Node(Node.settings("c", directory.resolve("z"), others));
        Node stranger =
            new Node(
                Node.settings("a", "stranger", "other-ca.pem", directory.resolve("w"), others))) {
      b.start();
      stranger.start();
      c.start();
      Node.await("c hears b", () -> standing(c, "b") == Standing.WAITING);
      assertThat(standing(c, "a")).isEqualTo(Standing.ABSENT);
      assertThat(standing(stranger, "b")).isEqualTo(Standing.ABSENT);
    }
  }

  private static void write(SocketChannel to, String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(SocketChannel from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining() && from.read(bytes) >= 0) {
      // goes on
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  private static boolean endOf(SocketChannel channel) {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException reset) {
      return true;
    }
  }
}
