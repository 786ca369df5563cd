package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes that get a newer version one after another. The newer version reads a second form of
 * entries, and writes it when possible; it has a replacement of one class on its class path.
 */
@Timeout(600)
class RollingUpgradeIT {
  private static final Map<String, String> THIS = Map.of();

  @TempDir Path keys;
  @TempDir Path newer;
  private final List<String> published = new ArrayList<>();

  @BeforeEach
  void makeNewerVersion() throws IOException {
    Path source = newer.resolve("EntryForm.java");
    Files.writeString(
        source,
        """
        package io.ppmq.store.rocksdb;
        public final class EntryForm {
          public static final int FIRST = 1;
          public static int newest() { return 2; }
        }
        """);
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", newer.toString(), source.toString());
    assertThat(failed).isZero();
  }

  @Test
  void aNewFormOfEntriesIsWrittenOnceAllNodesReadItAndStopsOneThatDoesNot() throws Exception {
    Requirement.programs("openssl");
    Requirement.loopback();
    Requirement.clusterModule();
    // With a longer boot class path there is no archive of classes: one compiler has enough to do.
    String options = "-XX:TieredStopAtLevel=1 -Xbootclasspath/a:" + newer;
    Map<String, String> next = Map.of("PPMQ_JAVA_OPTS", options);
    try (ClusterSite cluster = new ClusterSite(keys, new Layout().topic("t"))) {
      cluster.found();
      Site last = cluster.node(cluster.leader("a", null));
      List<String> followers = ClusterSite.but(cluster.leader("a", null));
      Site first = cluster.node(followers.get(0));
      Site second = cluster.node(followers.get(1));
      restart(first, next);
      restart(second, next);
      Cli.done(last, "cluster", "transfer", followers.get(0));
      publish(first);
      Await.askingSeldom(
          "the older node has what a newer one wrote", () -> ClusterSite.areEqual(first));
      assertThat(first.broker().errors("form 2")).isEmpty();

      restart(last, next);
      first.broker().said("all members read entries of form 2");
      publish(first);
      Await.askingSeldom(
          "all have what is written in the new form", () -> ClusterSite.areEqual(first));

      second.broker().terminate();
      publish(first);
      second.start(THIS);
      assertThat(second.broker().awaitExit(Await.PATIENCE)).isEqualTo(1);
      assertThat(second.broker().errors("this node cannot continue: the entry "))
          .singleElement()
          .asString()
          .contains("it is written in form 2, this ppMQ reads forms up to 1: install the version");
      publish(first);
      restart(second, next);
      Await.askingSeldom(
          "it goes on in the version that the others have", () -> ClusterSite.areEqual(first));
      assertThat(received(first)).containsExactlyElementsOf(published);
    }
  }

  private static void restart(Site node, Map<String, String> version) throws Exception {
    if (node.broker().isAlive()) {
      node.broker().terminate();
    }
    node.start(version).awaitReady();
    Await.askingSeldom(
        "the others hear it, and it has what they have", () -> ClusterSite.areEqual(node));
  }

  private void publish(Site node) throws Exception {
    String payload = "m" + published.size();
    try (Peer peer = node.peer()) {
      peer.publish("t", payload);
    }
    published.add(payload);
  }

  /** All messages of the subscriber, whose socket is on this node. */
  private List<String> received(Site node) throws Exception {
    List<String> received = new ArrayList<>();
    try (SubscriberSocket subscriber = node.subscriber("t");
        Peer acks = node.peer()) {
      while (received.size() < published.size()) {
        Push push = subscriber.next();
        received.addAll(push.payloads());
        acks.acknowledge(push);
      }
    }
    return received;
  }
}
