package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.Caller;
import io.ppmq.cluster.ChannelPair;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.Relays;
import io.ppmq.store.Store;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node in the process of a test. It records the calls that the cluster makes to the program. */
final class Node implements Leadership, Relays, AutoCloseable {
  /** Far more time than a busy machine needs. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  /** The usual election timeout of these tests. */
  static final Duration ELECTION = Duration.ofMillis(700);

  private static final int PORT_MIN = 10_000;
  private static final int PORT_MAX = 32_000;

  final ClusterSettings settings;
  final BlockingQueue<SocketChannel> brought = new LinkedBlockingQueue<>();
  volatile @Nullable Store store;
  volatile @Nullable String follows;
  volatile @Nullable String ended;
  volatile @Nullable String failure;
  volatile @Nullable Caller caller;
  volatile String config = "the same everywhere";
  private @Nullable Member member;

  Node(ClusterSettings settings) {
    this.settings = settings;
  }

  /**
   * Free ports of the loopback interface, for nodes of these names. Below those that the kernel
   * gives to connections, so that none takes one before the node listens.
   */
  static SortedMap<String, NodeAddress> addresses(String... names) throws IOException {
    SortedMap<String, NodeAddress> addresses = new TreeMap<>();
    for (String name : names) {
      addresses.put(name, new NodeAddress("127.0.0.1", freePort()));
    }
    return addresses;
  }

  private static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (BindException taken) {
        // try another
      }
    }
  }

  static ClusterSettings settings(
      String name, Path dataPath, SortedMap<String, NodeAddress> nodes) {
    return settings(name, name, "ca.pem", dataPath, nodes);
  }

  static ClusterSettings settings(
      String name,
      String certificate,
      String ca,
      Path dataPath,
      SortedMap<String, NodeAddress> nodes) {
    NodeAddress listen = nodes.get(name);
    return new ClusterSettings(
        "test",
        name,
        listen == null ? new NodeAddress("127.0.0.1", 1) : listen,
        nodes,
        tls(certificate + ".pem"),
        tls(certificate + ".key"),
        tls(ca),
        ELECTION,
        listen == null,
        dataPath,
        0,
        "1");
  }

  /** Settings of a node that the others do not reach where it listens, but over links. */
  static ClusterSettings settings(
      String name,
      Path dataPath,
      NodeAddress listen,
      SortedMap<String, NodeAddress> links,
      Duration electionTimeout) {
    ClusterSettings known = settings(name, dataPath, links);
    return new ClusterSettings(
        known.name(),
        name,
        listen,
        links,
        known.certificate(),
        known.key(),
        known.ca(),
        electionTimeout,
        false,
        known.dataPath(),
        0,
        known.version());
  }

  /** A file of the tests for TLS. */
  static Path tls(String file) {
    try {
      return Path.of(Objects.requireNonNull(Node.class.getResource("/tls/" + file)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  void start() throws ClusterException {
    member = Clusters.installed().orElseThrow().start(settings, this, this);
    member.configured(config);
  }

  /** Returns false if the port is still in use, as by a node that was stopped a moment ago. */
  boolean tryStart() {
    try {
      start();
      return true;
    } catch (ClusterException notYet) {
      return false;
    }
  }

  Member member() {
    return Objects.requireNonNull(member);
  }

  String name() {
    return settings.node();
  }

  boolean leads() {
    return store != null;
  }

  /** Waits until one of these leads. */
  static Node leader(Collection<Node> of) throws Exception {
    await("somebody leads", () -> of.stream().anyMatch(Node::leads));
    return of.stream().filter(Node::leads).findFirst().orElseThrow();
  }

  /** Waits for a condition. */
  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime() - end).as(what).isNegative();
      Thread.sleep(10);
    }
  }

  @Override
  public void begin(Store leaders, long term) {
    store = leaders;
  }

  @Override
  public void end(String reason) {
    ended = reason;
    store = null;
  }

  @Override
  public void follow(@Nullable String leader) {
    follows = leader;
  }

  @Override
  public void fail(String reason) {
    failure = reason;
  }

  @Override
  public SocketChannel values(Caller from) throws IOException {
    caller = from;
    return bring();
  }

  @Override
  public SocketChannel admin(Caller from) throws IOException {
    caller = from;
    return bring();
  }

  @Override
  public SocketChannel subscriber(String subscriber) throws IOException {
    if (!subscriber.equals("mailer")) {
      throw new IOException("nobody listens as " + subscriber);
    }
    return bring();
  }

  private SocketChannel bring() throws IOException {
    ChannelPair pair = ChannelPair.open();
    brought.add(pair.near());
    return pair.far();
  }

  SocketChannel awaitBrought() throws InterruptedException {
    return Objects.requireNonNull(brought.poll(LIMIT.toSeconds(), TimeUnit.SECONDS));
  }

  @Override
  public void close() {
    if (member != null) {
      member.close();
      member = null;
    }
  }
}
