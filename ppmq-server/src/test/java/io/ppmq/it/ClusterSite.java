package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.output.JsonTree;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Three nodes, a, b and c, each with its own directory, and a CA for them. */
final class ClusterSite implements Closeable {
  static final List<String> NAMES = List.of("a", "b", "c");

  private static final int PORT_MIN = 10_000;
  private static final int PORT_MAX = 32_000;

  private static final String RELAY = "relay";

  private final Path keys;
  private final Layout layout;
  private final Map<String, Site> nodes = new LinkedHashMap<>();

  /** Nodes on loopback. */
  ClusterSite(Path keys, Layout common) throws Exception {
    this(keys, common, freeAddresses());
  }

  /** Nodes that wait this long for their leader, since the machine has much to do. */
  ClusterSite(Path keys, Layout common, Duration electionTimeout) throws Exception {
    this(keys, common, freeAddresses(), electionTimeout);
  }

  /** Nodes at these addresses. */
  ClusterSite(Path keys, Layout common, List<String> listen) throws Exception {
    this(keys, common, listen, Duration.ofSeconds(1));
  }

  private ClusterSite(Path keys, Layout common, List<String> listen, Duration electionTimeout)
      throws Exception {
    this.keys = keys;
    this.layout = common;
    StringBuilder addresses = new StringBuilder();
    for (String address : listen) {
      String name = NAMES.get(addresses.toString().split(",", -1).length - 1);
      addresses.append(name).append(": \"").append(address).append("\",");
    }
    exchangeAuthority();
    for (String name : NAMES) {
      makeKey(name);
    }
    String cluster =
        """
        Cluster:
          Name: test
          Node: NODE
          ElectionTimeout: %dms
          Nodes: {%s}
          Certificate: %s/NODE.pem
          Key: %s/NODE.key
          CA: %s/ca.pem"""
            .formatted(electionTimeout.toMillis(), addresses, keys, keys, keys);
    common.with(cluster);
    for (String name : NAMES) {
      make(name, "");
    }
  }

  private Site make(String name, String more) throws IOException {
    Site site = new Site(Storage.DIRECTORY, layout);
    nodes.put(name, site);
    String yaml = Files.readString(site.config());
    Files.writeString(
        site.config(), yaml.replace("Node: NODE", "Node: " + name + more).replace("NODE", name));
    return site;
  }

  /** A relay, which is ready. */
  Site relay() throws Exception {
    makeKey(RELAY);
    Site relay = make(RELAY, "\n  Role: relay");
    relay.start();
    return relay;
  }

  /**
   * Free ports below those that the kernel gives to connections, so that no connection takes one
   * before a node listens.
   */
  private static List<String> freeAddresses() throws IOException {
    Set<String> free = new LinkedHashSet<>();
    while (free.size() < NAMES.size()) {
      int port = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        free.add("127.0.0.1:" + probe.getLocalPort());
      } catch (BindException taken) {
        // try another
      }
    }
    return List.copyOf(free);
  }

  /** Makes a CA, which has signed nothing yet. */
  void exchangeAuthority() throws Exception {
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
            + " -subj /CN=test -keyout ca.key -out ca.pem");
  }

  private void makeKey(String name) throws Exception {
    Files.writeString(keys.resolve(name + ".ext"), "subjectAltName=DNS:" + name + "\n");
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN="
            + name
            + " -keyout "
            + name
            + ".key -out "
            + name
            + ".csr");
    openssl(
        "x509 -req -in "
            + name
            + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
            + " -extfile "
            + name
            + ".ext -out "
            + name
            + ".pem");
  }

  private void openssl(String words) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(words.split(" ")));
    Process process =
        new ProcessBuilder(command)
            .directory(keys.toFile())
            .redirectErrorStream(true)
            .redirectOutput(keys.resolve("openssl.log").toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new AssertionError(command + ": " + Files.readString(keys.resolve("openssl.log")));
    }
  }

  /** Starts all three, and makes them found the cluster. */
  void found() throws Exception {
    for (Site node : nodes.values()) {
      node.start(Map.of());
    }
    for (Site node : nodes.values()) {
      node.broker().awaitReady();
    }
    join();
  }

  /** Makes the three running nodes found the cluster. */
  void join() throws Exception {
    Cli.done(node("a"), "cluster", "init");
    Cli.done(node("b"), "cluster", "join");
    Cli.done(node("c"), "cluster", "join");
  }

  Site node(String name) {
    Site node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(name);
    }
    return node;
  }

  /** Waits until a node knows a leader other than this one, and returns it. */
  String leader(String asked, @Nullable String notThis) throws Exception {
    String[] found = {""};
    Await.askingSeldom(
        "a leader other than " + notThis,
        () -> {
          String leader = status(asked).text("leader");
          found[0] = leader;
          return NAMES.contains(leader) && !leader.equals(notThis);
        });
    return found[0];
  }

  JsonTree status(String asked) throws Exception {
    return JsonTree.parse(node(asked).ask("GET /cluster").getBytes(UTF_8));
  }

  /** Whether all nodes answer and have the same content, as the asked node reports. */
  static boolean areEqual(Site asked) {
    try {
      return JsonTree.parse(asked.ask("POST /cluster/verify").getBytes(UTF_8)).isTrue("equal");
    } catch (IOException | IndexOutOfBoundsException busyOrGone) {
      return false;
    }
  }

  /** The other nodes. */
  static List<String> but(String name) {
    return NAMES.stream().filter(each -> !each.equals(name)).toList();
  }

  @Override
  public void close() throws IOException {
    for (Site node : nodes.values()) {
      node.close();
    }
  }
}
