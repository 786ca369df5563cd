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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers that keep one queue, and one without a cluster. */
@Timeout(300)
class ClusterIT {
  /** Long enough for three nodes with large values on a busy machine. */
  private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(3);

  @TempDir Path keys;

  @Test
  void whatWasConfirmedOutlivesTheLeader() throws Exception {
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    Set<String> confirmed = new HashSet<>();
    try (ClusterSite cluster = new ClusterSite(keys, new Layout().topic("t", "AckRetry: 5s"))) {
      cluster.found();
      String first = cluster.leader("a", null);
      String follower = ClusterSite.but(first).get(0);
      publish(cluster.node(follower), "before", confirmed);

      cluster.node(first).broker().kill();
      String next = cluster.leader(follower, first);
      publish(cluster.node(follower), "after", confirmed);
      assertThat(Cli.done(cluster.node(follower), "stats")).contains("t");

      // Its socket is not on the machine of the leader.
      String beside = next.equals(follower) ? ClusterSite.but(first).get(1) : follower;
      Set<String> received = new HashSet<>();
      try (SubscriberSocket subscriber = cluster.node(beside).subscriber("t");
          Peer acks = cluster.node(beside).peer()) {
        while (!received.containsAll(confirmed)) {
          Push push = subscriber.next();
          received.addAll(push.payloads());
          acks.acknowledge(push);
        }
      }
      cluster.node(first).start();
      Await.until("all nodes agree", () -> ClusterSite.areEqual(cluster.node(next)));
    }
  }

  /**
   * Its entry is sent to both other nodes at once, and was more than the memory beside the heap.
   */
  @Test
  void aValueAsLargeAsTheyMayBeIsConfirmed() throws Exception {
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    Layout layout = new Layout().topic("t", "AckRetry: 5s");
    try (ClusterSite cluster = new ClusterSite(keys, layout, ELECTION_TIMEOUT)) {
      cluster.found();
      Site node = cluster.node(cluster.leader("a", null));
      publish(node, "warm", new HashSet<>());
      for (int i = 0; i < 3; i++) {
        publishUntilConfirmed(node, large());
      }
      Await.until("all nodes agree", () -> ClusterSite.areEqual(node));
    }
  }

  @Test
  void relayServesProgramsAndIsStartedSmall() throws Exception {
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    Layout layout = new Layout().topic("t", "AckRetry: 60s").subscriberWithoutSocket("t");
    try (ClusterSite cluster = new ClusterSite(keys, layout, ELECTION_TIMEOUT)) {
      cluster.found();
      Site relay = cluster.relay();
      Set<String> confirmed = new HashSet<>();
      publish(relay, "small", confirmed);
      String[] large = large();
      publishUntilConfirmed(relay, large);

      Set<String> expected = new HashSet<>(confirmed);
      expected.addAll(List.of(large));
      Set<String> received = new HashSet<>();
      Await.until("all are received", () -> takesAll(relay, expected, received));
      assertThat(relay.broker().words())
          .contains("-XX:CompileCommand=MaxNodeLimit,io.ppmq.*::*,100");
    }
  }

  /** Takes messages over one connection; false when it ends early: the leader may change. */
  private static boolean takesAll(Site relay, Set<String> expected, Set<String> received)
      throws IOException, InterruptedException {
    try (Peer worker = relay.peer().subscribe("t")) {
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
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    try (ClusterSite cluster = new ClusterSite(keys, new Layout().topic("t", "AckRetry: 5s"))) {
      cluster.found();
      String leader = cluster.leader("a", null);
      String other = ClusterSite.but(leader).get(0);
      edit(cluster.node(other), "AckRetry: 5s", "AckRetry: 6s");
      assertThat(Cli.done(cluster.node(other), "reload").lines())
          .hasSize(2)
          .anyMatch(line -> line.startsWith("reloaded: node " + other + ": topic t"))
          .contains("reloaded: the leader (node " + leader + "): nothing has changed");

      edit(cluster.node(leader), "AckRetry: 5s", "AckRetry: never");
      edit(cluster.node(other), "AckRetry: 6s", "AckRetry: 7s");
      Cli reload = Cli.run(cluster.node(other), "reload");
      assertThat(reload.status()).isEqualTo(78);
      assertThat(reload.err())
          .contains("the leader (node " + leader + ") did not reload:", "\"never\"")
          .contains("node " + other + " reloaded: topic t");
    }
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
    try (ClusterSite cluster = new ClusterSite(keys, new Layout().topic("t"))) {
      Files.copy(keys.resolve("b.pem"), keys.resolve("a.pem"), REPLACE_EXISTING);

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
    try (ClusterSite cluster = new ClusterSite(keys, new Layout().topic("t"))) {
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
  private static void publish(Site node, String name, Set<String> confirmed) throws Exception {
    for (int i = 0; i < 20; i++) {
      String payload = name + i;
      publishUntilConfirmed(node, payload);
      confirmed.add(payload);
    }
  }

  private static void publishUntilConfirmed(Site node, String... payloads) throws Exception {
    Await.until(
        "a value is confirmed",
        () -> {
          try (Peer peer = node.peer()) {
            peer.publish("t", payloads);
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
    Path log = keys.resolve("classes");
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
