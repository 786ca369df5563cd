package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.Broker;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes over a cluster that the test controls. */
@Timeout(120)
class ServingInClusterTest {
  private static final String CONFIG =
      """
      ServerSocket: DIR/NODE.socket
      DataPath: DIR/NODE
      Subscribers:
      - {Name: mailer, Socket: DIR/mailer-NODE.socket}
      Topics:
      - {Name: mails, Subscribers: [mailer]}
      - {Name: rules, Subscribers: [], Publishers: nobody}
      Cluster:
        Name: c
        Node: NODE
        Nodes: {a: 127.0.0.1:1, b: 127.0.0.1:2, c: 127.0.0.1:3}
        Certificate: DIR/ppmq.yaml
        Key: DIR/ppmq.yaml
        CA: DIR/ppmq.yaml
      """;

  private static final long NEVER = TimeUnit.DAYS.toNanos(1);

  @TempDir Path dir;
  private final StandInCluster cluster = new StandInCluster();
  private final Map<String, ServingInCluster> nodes = new LinkedHashMap<>();
  private final Map<String, AtomicReference<@Nullable Broker>> brokers = new LinkedHashMap<>();

  private void start(long patienceNanos) throws Exception {
    for (String node : new String[] {"a", "b", "c"}) {
      Path file = dir.resolve("ppmq.yaml");
      Files.writeString(file, CONFIG.replace("DIR", dir.toString()).replace("NODE", node));
      Config config = ConfigFile.load(file).config();
      ClusterConfig of = requireNonNull(config.cluster());
      ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      socket.bind(config.serverSocket().socketAddress());
      ServingInCluster serving =
          ServingInCluster.start(
              config,
              of,
              cluster,
              socket,
              new EventLog(status -> {}),
              status -> {},
              patienceNanos,
              () -> {});
      AtomicReference<@Nullable Broker> broker = new AtomicReference<>();
      serving.tellBroker(broker::set);
      nodes.put(node, serving);
      brokers.put(node, broker);
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (ServingInCluster node : nodes.values()) {
      node.stop();
    }
  }

  private SocketChannel connect(String node) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(dir.resolve(node + ".socket")));
  }

  private static void send(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static String value(String payload, String confirm) {
    return "{\"Topic\":\"mails\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]" + confirm + "}";
  }

  private static String line(SocketChannel channel) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (channel.read(one.clear()) > 0) {
      line.append((char) one.get(0));
      if (one.get(0) == '\n') {
        return line.toString();
      }
    }
    return line + "(end)";
  }

  private static void await(BooleanSupplier until) throws InterruptedException {
    while (!until.getAsBoolean()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private long queued(String node) {
    Broker broker = brokers.get(node).get();
    return broker == null ? -1 : broker.stats().topics().get(0).published();
  }

  @Test
  void whoConnectsWhileNobodyLeadsIsServedByTheNextLeader() throws Exception {
    start(NEVER);
    try (SocketChannel beside = connect("a");
        SocketChannel elsewhere = connect("b")) {
      send(beside, value("one", ",\"Confirm\":\"1\""));
      send(elsewhere, value("two", ",\"Confirm\":\"2\""));
      cluster.lead("a");
      assertThat(line(beside)).isEqualTo("{\"confirm\":\"1\"}\n");
      assertThat(line(elsewhere)).isEqualTo("{\"confirm\":\"2\"}\n");
      assertThat(queued("a")).isEqualTo(2);
      assertThat(brokers.get("b").get()).isNull();
    }
  }

  @Test
  void whoConnectsBeforeTheLossOfTheLeaderIsKnownWaitsForTheNext() throws Exception {
    start(NEVER);
    cluster.lead("a");
    cluster.lose();
    try (SocketChannel channel = connect("b")) {
      send(channel, value("one", ",\"Confirm\":\"1\""));
      await(() -> cluster.refused() > 1);
      cluster.lead("c");
      assertThat(line(channel)).isEqualTo("{\"confirm\":\"1\"}\n");
      assertThat(queued("c")).isEqualTo(1);
    }
  }

  @Test
  void valueIsRefusedInTimeWhereTheLeaderIsLostAndNobodyHearsOfIt() throws Exception {
    start(0);
    cluster.lead("a");
    cluster.lose();
    try (SocketChannel channel = connect("b")) {
      send(channel, value("one", ",\"Confirm\":\"1\""));
      assertThat(line(channel)).contains("unavailable");
    }
  }

  @Test
  void valueWithAConfirmIsRefusedInTimeAndOneWithoutIsHeld() throws Exception {
    start(0);
    try (SocketChannel asks = connect("a");
        SocketChannel waits = connect("b")) {
      send(asks, value("one", ",\"Confirm\":\"1\"") + value("two", ",\"Confirm\":\"2\""));
      assertThat(line(asks))
          .isEqualTo(
              "{\"confirm\":\"1\",\"error\":\"no node of the cluster leads now: nothing was done,"
                  + " send it again later\",\"code\":\"unavailable\"}\n");
      assertThat(line(asks)).startsWith("{\"confirm\":\"2\",").contains("unavailable");
      send(waits, value("kept", "") + value("after", ",\"Confirm\":\"3\""));
      send(asks, value("held", "") + value("begun", ",\"Confirm\":\"4\"").substring(0, 20));
      try (SocketChannel later = connect("a")) { // its refusal shows that the others were read
        send(later, value("x", ",\"Confirm\":\"5\""));
        assertThat(line(later)).contains("unavailable");
      }
      cluster.lead("c");
      assertThat(line(waits)).isEqualTo("{\"confirm\":\"3\"}\n");
      send(asks, value("begun", ",\"Confirm\":\"4\"").substring(20));
      assertThat(line(asks)).isEqualTo("{\"confirm\":\"4\"}\n");
      assertThat(queued("c")).isEqualTo(4);
    }
  }

  @Test
  void leaderHasWhatItHeldItself() throws Exception {
    start(0);
    try (SocketChannel waits = connect("a")) {
      send(waits, value("refused", ",\"Confirm\":\"1\"") + value("kept", ""));
      assertThat(line(waits)).contains("unavailable");
      cluster.lead("a");
      send(waits, value("after", ",\"Confirm\":\"2\""));
      assertThat(line(waits)).isEqualTo("{\"confirm\":\"2\"}\n");
      assertThat(queued("a")).isEqualTo(2);
    }
  }

  @Test
  void userOfAnotherNodeIsKnownByName() throws Exception {
    start(NEVER);
    cluster.lead("a");
    try (SocketChannel channel = connect("b")) {
      send(channel, "{\"Topic\":\"rules\",\"Messages\":[{\"Payload\":\"x\"}],\"Confirm\":\"1\"}");
      assertThat(line(channel))
          .contains("user " + System.getProperty("user.name") + " on node b may not publish")
          .contains("\"code\":\"denied\"");
    }
  }

  @Test
  void connectionsEndWithTheLeaderAndTheSocketStaysOpen() throws Exception {
    start(NEVER);
    cluster.lead("a");
    try (SocketChannel own = connect("a");
        SocketChannel relayed = connect("b")) {
      send(own, value("one", ",\"Confirm\":\"1\""));
      send(relayed, value("one", ",\"Confirm\":\"2\""));
      assertThat(line(own)).isEqualTo("{\"confirm\":\"1\"}\n");
      assertThat(line(relayed)).isEqualTo("{\"confirm\":\"2\"}\n");
      cluster.lead("b");
      assertThat(line(own)).isEqualTo("(end)");
      assertThat(line(relayed)).isEqualTo("(end)");
      assertThat(brokers.get("a").get()).isNull();
    }
    try (SocketChannel again = connect("a")) {
      send(again, value("three", ",\"Confirm\":\"3\""));
      assertThat(line(again)).isEqualTo("{\"confirm\":\"3\"}\n");
    }
    assertThat(queued("b")).isEqualTo(1);
  }

  @Test
  void subscriberIsFoundOnAnotherMachine() throws Exception {
    start(NEVER);
    Path socket = dir.resolve("mailer-c.socket");
    try (ServerSocketChannel mailer = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      mailer.bind(UnixDomainSocketAddress.of(socket));
      cluster.lead("a");
      try (SocketChannel producer = connect("a")) {
        send(producer, value("far", ",\"Confirm\":\"1\""));
        assertThat(line(producer)).isEqualTo("{\"confirm\":\"1\"}\n");
        try (SocketChannel pushed = mailer.accept()) {
          assertThat(line(pushed)).startsWith("{\"topic\":\"mails\"").contains("\"far\"");
        }
      }
    }
  }

  @Test
  void brokerIsToldOfAndTakenAway() throws Exception {
    start(NEVER);
    assertThat(brokers.get("a").get()).isNull();
    cluster.lead("a");
    assertThat(brokers.get("a").get()).isNotNull();
    cluster.lead(null);
    assertThat(brokers.get("a").get()).isNull();
    cluster.lead("a");
    await(() -> brokers.get("a").get() != null);
    try (SocketChannel channel = connect("a")) {
      send(channel, value("again", ",\"Confirm\":\"1\""));
      assertThat(line(channel)).isEqualTo("{\"confirm\":\"1\"}\n");
    }
  }
}
