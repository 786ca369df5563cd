package io.ppmq.it;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers that keep one queue, and one without a cluster. */
@Timeout(300)
class ClusterIT {
  /** Long enough for three nodes with large values on a busy machine. */
  private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(3);

  @TempDir static Path keys;
  private static @Nullable ClusterSite founded;

  @TempDir Path directory;

  /**
   * The nodes of all tests here that need some, each with a topic of its own: three nodes take many
   * times as long to start as what is tested.
   */
  private static ClusterSite cluster() throws Exception {
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    if (founded == null) {
      Layout layout =
          new Layout()
              .topic("kept", "AckRetry: 5s")
              .topic("large", "AckRetry: 5s")
              .topic("relayed", "AckRetry: 60s")
              .subscriberWithoutSocket("relayed")
              .topic("changed", "AckRetry: 8s");
      founded = new ClusterSite(keys, layout, ELECTION_TIMEOUT);
      founded.found();
    }
    return founded;
  }

  @AfterAll
  static void close() throws IOException {
    if (founded != null) {
      founded.close();
      founded = null;
    }
  }

  @Test
  void whatWasConfirmedOutlivesTheLeader() throws Exception {
    ClusterSite cluster = cluster();
    Set<String> confirmed = new HashSet<>();
    String first = cluster.leader("a", null);
    String follower = ClusterSite.but(first).get(0);
    publish(cluster.node(follower), "kept", "before", confirmed);

    cluster.node(first).broker().kill();
    String next = cluster.leader(follower, first);
    publish(cluster.node(follower), "kept", "after", confirmed);
    assertThat(Cli.done(cluster.node(follower), "stats")).contains("kept");
    assertThat(Cli.done(cluster.node(follower), "cluster", "status", "--json"))
        .contains("\"leader\":\"" + next + "\"");

    // Its socket is not on the machine of the leader.
    String beside = next.equals(follower) ? ClusterSite.but(first).get(1) : follower;
    Set<String> received = new HashSet<>();
    try (SubscriberSocket subscriber = cluster.node(beside).subscriber("kept");
        Peer acks = cluster.node(beside).peer()) {
      while (!received.containsAll(confirmed)) {
        Push push = subscriber.next();
        received.addAll(push.payloads());
        acks.acknowledge(push);
      }
    }
    cluster.node(first).start().awaitReady();
    Await.askingSeldom("all nodes agree", () -> ClusterSite.areEqual(cluster.node(next)));
  }

  /**
   * Its entry is sent to both other nodes at once, and was more than the memory beside the heap.
   */
  @Test
  void aValueAsLargeAsTheyMayBeIsConfirmed() throws Exception {
    ClusterSite cluster = cluster();
    Site node = cluster.node(cluster.leader("a", null));
    publish(node, "large", "warm", new HashSet<>());
    for (int i = 0; i < 3; i++) {
      publishUntilConfirmed(node, "large", large());
    }
    Await.askingSeldom("all nodes agree", () -> ClusterSite.areEqual(node));
  }

  /** While a node is to take over, the leader can commit nothing. */
  @Test
  void aLeaderThatCouldNotHandOnServesAgain() throws Exception {
    ClusterSite cluster = cluster();
    String leads = cluster.leader("a", null);
    Site leader = cluster.node(leads);
    String name = ClusterSite.but(leads).get(0);
    BrokerProcess stopped = cluster.node(name).broker();
    stopped.signal("STOP");
    Cli transfer;
    Producing producing = new Producing(leader);
    try {
      transfer = Cli.run(leader, "cluster", "transfer", name);
    } finally {
      producing.end();
      stopped.signal("CONT");
    }
    assertThat(producing.refused()).as("values refused while it was tried").isPositive();
    assertThat(transfer.status()).isNotZero();
    assertThat(transfer.err()).contains("the node " + name + " did not take over");
    publish(cluster.node(cluster.leader(leads, "")), "kept", "again", new HashSet<>());
    publish(leader, "kept", "over this node", new HashSet<>());
    publish(cluster.node(name), "kept", "over the other", new HashSet<>());
  }

  /** Publishes values over one node until it is ended. */
  private static final class Producing {
    private final Site node;
    private final Thread thread = new Thread(this::run, "producing");
    private volatile boolean ended;
    private final AtomicInteger refused = new AtomicInteger();

    Producing(Site node) {
      this.node = node;
      thread.start();
    }

    private void run() {
      for (int i = 0; !ended; i++) {
        try (Peer peer = node.peer()) {
          peer.publish("changed", "p" + i);
        } catch (IOException | InterruptedException | AssertionError refusal) {
          refused.incrementAndGet();
        }
        LockSupport.parkNanos(20_000_000);
      }
    }

    int refused() {
      return refused.get();
    }

    void end() throws InterruptedException {
      ended = true;
      thread.join();
    }
  }

  @Test
  void relayServesProgramsAndIsStartedSmall() throws Exception {
    Site relay = cluster().relay();
    Set<String> confirmed = new HashSet<>();
    publish(relay, "relayed", "small", confirmed);
    String[] large = large();
    publishUntilConfirmed(relay, "relayed", large);

    Set<String> expected = new HashSet<>(confirmed);
    expected.addAll(List.of(large));
    Set<String> received = new HashSet<>();
    Await.askingSeldom("all are received", () -> takesAll(relay, expected, received));
    assertThat(relay.broker().words()).contains("-XX:CompileCommand=MaxNodeLimit,io.ppmq.*::*,100");
  }

  /** Takes messages over one connection; false when it ends early: the leader may change. */
  private static boolean takesAll(Site relay, Set<String> expected, Set<String> received)
      throws IOException, InterruptedException {
    try (Peer worker = relay.peer().subscribe("relayed")) {
      while (!received.containsAll(expected)) {
        Push push = worker.push();
        received.addAll(push.payloads());
        worker.acknowledge(push);
      }
      return true;
    } catch (IOException | AssertionError noLeader) {
      return false;
    }
  }

  @Test
  void reloadSaysWhatChangedOnThisNodeAndOnTheLeader() throws Exception {
    ClusterSite cluster = cluster();
    String nameOfTheLeader = cluster.leader("a", null);
    Site leader = cluster.node(nameOfTheLeader);
    String name = ClusterSite.but(nameOfTheLeader).get(0);
    Site other = cluster.node(name);
    edit(other, "AckRetry: 8s", "AckRetry: 6s");
    assertThat(Cli.done(other, "reload").lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("reloaded: node " + name + ": topic changed"))
        .contains("reloaded: the leader (node " + nameOfTheLeader + "): nothing has changed");

    edit(leader, "AckRetry: 8s", "AckRetry: never");
    edit(other, "AckRetry: 6s", "AckRetry: 7s");
    Cli reload = Cli.run(other, "reload");
    assertThat(reload.status()).isEqualTo(78);
    assertThat(reload.err())
        .contains("the leader (node " + nameOfTheLeader + ") did not reload:", "\"never\"")
        .contains("node " + name + " reloaded: topic changed");
    edit(leader, "AckRetry: never", "AckRetry: 8s");
    edit(other, "AckRetry: 7s", "AckRetry: 8s");
    Cli.done(other, "reload");
  }

  private static void edit(Site node, String before, String after) throws IOException {
    String yaml = Files.readString(node.config());
    assertThat(yaml).contains(before);
    Files.writeString(node.config(), yaml.replace(before, after));
  }

  @Test
  void aCertificateOfAnotherNodeIsAnErrorOfTheConfiguration() throws Exception {
    Requirement.programs("openssl");
    Requirement.clusterModule();
    try (ClusterSite cluster = new ClusterSite(directory, new Layout().topic("t"))) {
      Files.copy(directory.resolve("b.pem"), directory.resolve("a.pem"), REPLACE_EXISTING);

      Command check = Command.run(cluster.node("a"), "check");
      assertThat(check.status()).isEqualTo(78);
      assertThat(check.errors()).contains("a.pem has not the name of this node, a");
      BrokerProcess broker = cluster.node("a").launch();
      assertThat(broker.awaitExit(Await.PATIENCE)).isEqualTo(78);
    }
  }

  @Test
  void aCertificateThatItsOwnCaDidNotSignIsAnErrorOfTheConfiguration() throws Exception {
    Requirement.programs("openssl");
    Requirement.clusterModule();
    try (ClusterSite cluster = new ClusterSite(directory, new Layout().topic("t"))) {
      cluster.exchangeAuthority();

      Command check = Command.run(cluster.node("a"), "check");
      assertThat(check.status()).isEqualTo(78);
      assertThat(check.errors()).contains("a.pem is not signed by a CA in ");
      BrokerProcess broker = cluster.node("a").launch();
      assertThat(broker.awaitExit(Await.PATIENCE)).isEqualTo(78);
    }
  }

  /**
   * Publishes some values, each repeatedly until it is confirmed: connections end with the leader.
   */
  private static void publish(Site node, String topic, String name, Set<String> confirmed)
      throws Exception {
    for (int i = 0; i < 20; i++) {
      String payload = name + i;
      publishUntilConfirmed(node, topic, payload);
      confirmed.add(payload);
    }
  }

  private static void publishUntilConfirmed(Site node, String topic, String... payloads)
      throws Exception {
    Await.askingSeldom(
        "a value is confirmed",
        () -> {
          try (Peer peer = node.peer()) {
            peer.publish(topic, payloads);
            return true;
          } catch (IOException | AssertionError goneOrUnavailable) {
            return false;
          }
        });
  }

  private static String[] large() {
    String[] payloads = new String[5];
    Arrays.setAll(payloads, i -> i + "x".repeat(3 << 20));
    return payloads;
  }

  @Test
  void brokerThatIsAloneLoadsNothingOfIt() throws Exception {
    Path log = directory.resolve("classes");
    try (Site site = new Site(Storage.MEMORY, new Layout().topic("t"))) {
      site.start(Map.of("PPMQ_JAVA_OPTS", "-Xlog:class+load=info:file=" + log)).awaitReady();
      try (Peer peer = site.peer()) {
        peer.publish("t", "x");
      }
      Cli.done(site, "stats");
      List<String> loaded = new ArrayList<>(Files.readAllLines(log));
      assertThat(loaded).anyMatch(line -> line.contains("io.ppmq.server.ServingAlone"));
      assertThat(loaded)
          .noneMatch(
              line -> line.contains("io.ppmq.cluster.") || line.contains("org.apache.ratis"));
    }
  }
}
