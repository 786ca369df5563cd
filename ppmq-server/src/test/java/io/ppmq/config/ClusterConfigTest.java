package io.ppmq.config;

import static io.ppmq.config.Texts.errors;
import static io.ppmq.config.Texts.load;
import static io.ppmq.config.Texts.warnings;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code Cluster}, and other keys that depend on it. */
class ClusterConfigTest {
  private static final String FILE =
      """
      ServerSocket: /run/ppmq.sock
      DataPath: /var/lib/ppmq
      Subscribers:
      - Name: mailer
        Socket: /run/mailer.sock
      Topics:
      - Name: mails
        Subscribers: [mailer]
      Cluster:
        Name: mail
        Node: a
        Nodes:
          a: 10.0.0.1:7654
          b: "[fd00::2]:7654"
          c: mq3.example.org:7654
        Certificate: DIR/node.pem
        Key: DIR/node.key
        CA: DIR/ca.pem
      """;

  @TempDir Path dir;

  @BeforeEach
  void makeFiles() throws Exception {
    for (String name : List.of("node.pem", "node.key", "ca.pem")) {
      Files.createFile(dir.resolve(name));
    }
  }

  private String text() {
    return FILE.replace("DIR", dir.toString());
  }

  private String with(String line, String instead) {
    assertThat(text()).contains(line);
    return text().replace(line, instead);
  }

  @Test
  void fileThatAsksForNoClusterHasNone() throws Exception {
    assertThat(load(Texts.TOPIC).config().cluster()).isNull();
    assertThat(load(Texts.TOPIC).clusterLine()).isZero();
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws Exception {
    ConfigFile file = load(text());
    assertThat(file.warnings()).isEmpty();
    assertThat(file.clusterLine()).isEqualTo(10);
    ClusterConfig cluster = requireNonNull(file.config().cluster());
    assertThat(cluster.name()).isEqualTo("mail");
    assertThat(cluster.listen()).isEqualTo(new HostPort("10.0.0.1", 7654));
    assertThat(cluster.nodes().values())
        .extracting(HostPort::toString)
        .containsExactly("10.0.0.1:7654", "[fd00::2]:7654", "mq3.example.org:7654");
    assertThat(cluster.electionTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(cluster.role()).isEqualTo(ClusterConfig.Role.NODE);
    assertThat(cluster.ca()).isEqualTo(dir.resolve("ca.pem"));
  }

  @Test
  void configuredListenAndElectionTimeoutReplaceTheDefaults() throws Exception {
    String text = text() + "  Listen: 0.0.0.0:1\n  ElectionTimeout: 2s\nSync: always\n";
    ClusterConfig cluster = requireNonNull(load(text).config().cluster());
    assertThat(cluster.listen()).isEqualTo(new HostPort("0.0.0.0", 1));
    assertThat(cluster.electionTimeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void valueFitsIntoOneCommitOfAllNodes() throws Exception {
    assertThat(load(text() + "MaxValueBytes: 20971520\n").config().maxValueBytes())
        .isEqualTo(20 << 20);
    assertThat(errors(text() + "MaxValueBytes: 20971521\n"))
        .singleElement()
        .asString()
        .contains("MaxValueBytes, 20971521, must not be above 20971520 with Cluster");
  }

  @Test
  void relayHasANameOfItsOwnAndListensNowhere() throws Exception {
    String relay = with("Node: a", "Node: front\n  Role: relay").replace("/var/lib/ppmq", "mem");
    ClusterConfig cluster = requireNonNull(load(relay).config().cluster());
    assertThat(cluster.isNode()).isFalse();
    assertThat(cluster.listen()).isNull();
    assertThat(load(relay.replaceFirst("DataPath: mem\n", "")).config().dataPath())
        .isEqualTo(DataPath.MEMORY);
    assertThat(errors(text().replaceFirst("DataPath: .*\n", "")))
        .containsExactly("ppmq.yaml:1: DataPath is missing");
    assertThat(warnings(relay + "  Listen: 0.0.0.0:1\n"))
        .containsExactly("ppmq.yaml:20: Cluster \"mail\": Listen has no effect with Role: relay");
    assertThat(errors(with("Node: a", "Node: a\n  Role: relay")))
        .containsExactly(
            "ppmq.yaml:11: Cluster \"mail\": Node \"a\" is among Nodes: a relay needs another"
                + " name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Node: a|Node: d|11: Cluster \"mail\": Node \"d\" is not among Nodes, a, b, c: a machine that is not a node needs Role: relay",
        "Node: a|ElectionTimeout: 1s|10: Cluster \"mail\": Node is missing",
        "Cluster:\\n  Name: mail|Cluster:\\n  Role: node|10: Cluster: Name is missing",
        "10.0.0.1:7654|10.0.0.1|13: Cluster.Nodes: a \"10.0.0.1\" is not an address of a node: write host:port, such as 10.0.0.1:7654",
        "10.0.0.1:7654|a:70000|13: Cluster.Nodes: a \"a:70000\" has a wrong port: it must be from 1 to 65535",
        "10.0.0.1:7654|mq3.example.org:7654|15: Cluster.Nodes: c has the address of a: mq3.example.org:7654",
        "/node.key|/none.key|17: Cluster \"mail\": Key \"DIR/none.key\": there is no such file",
        "  CA: DIR/ca.pem\\n|''|10: Cluster \"mail\": CA is missing",
        "Name: mail\\n|Name: mail\\n  ElectionTimeout: 50ms\\n|11: Cluster \"mail\": ElectionTimeout \"50ms\" must be from 100ms to 1m",
        "Name: mail\\n|Name: mail\\n  Role: king\\n|11: Cluster \"mail\": Role \"king\" must be node or relay",
        "/var/lib/ppmq|mem|2: DataPath must be a directory with Cluster: each node keeps the queue on its disk",
        "DataPath: /var/lib/ppmq|DataPath: d\\nSync: 10ms|3: Sync must be always with Cluster, and is 10ms: a confirm means that a majority has it on disk",
        "- Name: mailer|- Name: mailer\\n  Nodes: [a, d]|5: Subscribers[0] \"mailer\": Nodes names \"d\", which is not among the Nodes of Cluster: a, b, c",
        "- Name: mailer|- Name: mailer\\n  Nodes: [a, a]|5: Subscribers[0] \"mailer\": Nodes names \"a\" twice",
        "- Name: mailer|- Name: mailer\\n  Nodes: []|5: Subscribers[0] \"mailer\": Nodes is empty: remove it to use all nodes",
        "- Name: mailer|- Name: mailer\\n  User: [root, 0]|5: Subscribers[0] \"mailer\": User 0 is a number, which may be another user on another node: with Cluster, rules must use names",
        "- Name: mails|- Name: mails\\n  Publishers: 0|8: Topics[0] \"mails\": Publishers 0 is a number, which may be another user on another node: with Cluster, rules must use names",
      })
  void whatIsWrongIsSaidWithItsLine(String line, String instead, String error) {
    String place = line.replace("\\n", "\n").replace("DIR", dir.toString());
    assertThat(errors(with(place, instead.replace("\\n", "\n"))))
        .containsExactly("ppmq.yaml:" + error.replace("DIR", dir.toString()));
  }

  @Test
  void evenNumberOfNodesIsAnErrorAndOneIsNot() throws Exception {
    String two = text().replaceFirst("    c: .*\n", "");
    assertThat(errors(two))
        .containsExactly(
            "ppmq.yaml:13: Cluster \"mail\": Nodes names 2: a cluster has 3 or 5 nodes, or 1, a"
                + " single server for relays");
    String one = two.replaceFirst("    b: .*\n", "");
    assertThat(requireNonNull(load(one).config().cluster()).nodes()).hasSize(1);
  }

  @Test
  void clusterThatIsNoneIsAnErrorAndNotABrokerAlone() {
    assertThat(errors(Texts.START + "Cluster:\n"))
        .containsExactly("ppmq.yaml:3: Cluster has no value: remove it if there is no cluster");
    assertThat(errors(Texts.START + "Cluster: mail\n"))
        .containsExactly("ppmq.yaml:3: Cluster must be a mapping, and is a single value");
  }

  @Test
  void nodesOfASubscriberAloneAreAWarning() throws Exception {
    assertThat(warnings(Texts.TOPIC.replace("Topics", "  Nodes: [a]\nTopics")))
        .containsExactly("ppmq.yaml:6: Subscribers[0] \"a\": Nodes has no effect without Cluster");
    assertThat(warnings(with("  Socket: /run/mailer.sock", "  Nodes: [a]")))
        .containsExactly(
            "ppmq.yaml:5: Subscribers[0] \"mailer\": Nodes has no effect without Socket");
  }

  @Test
  void unknownKeyIsAWarningWithTheNearest() throws Exception {
    assertThat(warnings(text() + "  Certficate: x\n"))
        .containsExactly(
            "ppmq.yaml:19: Cluster \"mail\": unknown key \"Certficate\" has no effect: did you mean"
                + " Certificate?");
    assertThat(warnings(text() + "  Electon: 1s\n"))
        .singleElement()
        .asString()
        .endsWith("unknown key \"Electon\" has no effect: did you mean ElectionTimeout?");
    assertThat(warnings(text() + "ElectionTimeout: 1s\n"))
        .containsExactly(
            "ppmq.yaml:19: unknown key \"ElectionTimeout\" has no effect: it belongs in Cluster");
  }

  @Test
  void socketIsLookedForBesideTheLeaderFirst() throws Exception {
    Config config = load(text()).config();
    ClusterConfig cluster = requireNonNull(config.cluster());
    assertThat(cluster.placesOf(config.subscribers().get(0), "b")).containsExactly("b", "a", "c");
    Config named = load(with("- Name: mailer", "- Name: mailer\n  Nodes: [c, a]")).config();
    SubscriberConfig subscriber = named.subscribers().get(0);
    assertThat(cluster.placesOf(subscriber, "a")).containsExactly("a", "c");
    assertThat(cluster.placesOf(subscriber, "b")).containsExactly("c", "a");
  }

  @Test
  void runningBrokerKeepsItsCluster() throws Exception {
    Config other = load(with("10.0.0.1:7654", "10.0.0.9:7654")).config();
    assertThat(ConfigChanges.between(load(text()).config(), other).refusals())
        .containsExactly(
            "Cluster.Listen cannot be changed while the broker runs: it was 10.0.0.1:7654, is"
                + " 10.0.0.9:7654",
            "Cluster.Nodes cannot be changed while the broker runs: it was {a=10.0.0.1:7654,"
                + " b=[fd00::2]:7654, c=mq3.example.org:7654}, is {a=10.0.0.9:7654,"
                + " b=[fd00::2]:7654, c=mq3.example.org:7654}");
    Config signed = load(with("/ca.pem", "/node.pem")).config();
    assertThat(ConfigChanges.between(load(text()).config(), signed).refusals())
        .singleElement()
        .asString()
        .startsWith("Cluster.CA cannot be changed");
    Config alone = load(text().replaceFirst("(?s)Cluster:.*", "")).config();
    assertThat(ConfigChanges.between(alone, other).isLive()).isFalse();
  }
}
