package io.ppmq.cli.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.admin.Version;
import io.ppmq.cluster.Caller;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.Relays;
import io.ppmq.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The other machines of a rehearsal in a cluster: a second node, without a broker, and a relay; the
 * third node is down. All are in this process, which so loads the classes of each role.
 */
public final class ClusterRehearsal implements AutoCloseable {
  /** Long, because the machine is busy with the build. */
  private static final Duration ELECTION = Duration.ofSeconds(3);

  private static final String PASSWORD = "practice";
  private static final String MAKE_KEY =
      "-genkeypair -alias node -keyalg EC -groupname secp256r1 -validity 2 -dname CN=practice"
          + " -ext SAN=dns:a,dns:b,dns:r -storetype PKCS12 -storepass "
          + PASSWORD;

  private final Path directory;
  private final SortedMap<String, NodeAddress> nodes = new TreeMap<>();
  private @Nullable Member second;
  private @Nullable Member relay;

  /** Uses an empty temporary directory, and leaves its files there. */
  public ClusterRehearsal(Path directory) throws Exception {
    this.directory = directory;
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    try (ServerSocket a = new ServerSocket(0);
        ServerSocket b = new ServerSocket(0);
        ServerSocket c = new ServerSocket(0)) {
      nodes.put("a", new NodeAddress(host, a.getLocalPort()));
      nodes.put("b", new NodeAddress(host, b.getLocalPort()));
      nodes.put("c", new NodeAddress(host, c.getLocalPort()));
    }
    certify();
  }

  /** The cluster in the configuration of the rehearsing machine. */
  public String config() {
    return """
        Cluster:
          Name: practice
          Node: a
          Nodes: {a: "%1$s", b: "%2$s", c: "%3$s"}
          Certificate: %4$s
          Key: %5$s
          CA: %4$s
          ElectionTimeout: 3s
        """
        .formatted(nodes.get("a"), nodes.get("b"), nodes.get("c"), certificate(), key());
  }

  private Path certificate() {
    return directory.resolve("practice.pem");
  }

  private Path key() {
    return directory.resolve("practice.key");
  }

  /** Makes one certificate for all of them, which is its own CA. */
  private void certify() throws IOException, InterruptedException, GeneralSecurityException {
    Path store = directory.resolve("practice.p12");
    Path keyTool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    List<String> command = new ArrayList<>(List.of(keyTool.toString()));
    command.addAll(List.of(MAKE_KEY.split(" ", -1)));
    command.addAll(List.of("-keystore", store.toString()));
    Process made =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (made.waitFor() != 0) {
      throw new IOException("no certificate could be made by " + keyTool);
    }
    KeyStore read = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    write(certificate(), "CERTIFICATE", read.getCertificate("node").getEncoded());
    write(key(), "PRIVATE KEY", read.getKey("node", PASSWORD.toCharArray()).getEncoded());
  }

  private static void write(Path file, String kind, byte[] encoded) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(encoded);
    Files.writeString(
        file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }

  /** Founds the cluster with the rehearsing machine, and lets the others in. */
  public void begin(Path adminSocket) throws Exception {
    found(adminSocket);
    second = start("b", false);
    second.join();
    relay = start("r", true);
  }

  private static void found(Path adminSocket) throws IOException {
    try (SocketChannel admin = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      admin.connect(UnixDomainSocketAddress.of(adminSocket));
      admin.write(
          US_ASCII.encode(
              String.join(
                  "\r\n",
                  "POST /cluster/found HTTP/1.1",
                  "Host: localhost",
                  "Content-Length: 0",
                  "Connection: close",
                  "",
                  "")));
      String answer = new String(Channels.newInputStream(admin).readAllBytes(), US_ASCII);
      if (!answer.startsWith("HTTP/1.1 200")) {
        throw new IOException("not founded: " + answer);
      }
    }
  }

  private Member start(String name, boolean relays) throws ClusterException {
    Bystander nobody = new Bystander();
    Member member =
        Clusters.installed()
            .orElseThrow()
            .start(
                new ClusterSettings(
                    "practice",
                    name,
                    relays
                        ? new NodeAddress("localhost", 1)
                        : Objects.requireNonNull(nodes.get(name)),
                    nodes,
                    certificate(),
                    key(),
                    certificate(),
                    ELECTION,
                    relays,
                    directory.resolve("data-" + name),
                    0,
                    Version.current()),
                nobody,
                nobody);
    member.configured("practice");
    return member;
  }

  /** A connection to the broker over the relay. */
  public SocketChannel relayed() throws Exception {
    Member over = relay;
    if (over == null) {
      throw new IllegalStateException("it has not begun");
    }
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (over.leader() == null && System.nanoTime() - endNanos < 0) {
      Thread.sleep(20);
    }
    Caller caller = new Caller(System.getProperty("user.name"), "r");
    return over.connect(new Destination.Values(caller)).get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    for (Member member : Arrays.asList(relay, second)) {
      if (member != null) {
        member.close();
      }
    }
  }

  /** The peers of a node without a broker. */
  private static final class Bystander implements Leadership, Relays {
    @Override
    public void begin(Store store, long term) {}

    @Override
    public void end(String reason) {}

    @Override
    public void follow(@Nullable String leader) {}

    @Override
    public void fail(String reason) {}

    @Override
    public SocketChannel values(Caller caller) throws IOException {
      throw new IOException("there is no broker");
    }

    @Override
    public SocketChannel admin(Caller caller) throws IOException {
      throw new IOException("there is no broker");
    }

    @Override
    public SocketChannel subscriber(String subscriber) throws IOException {
      throw new IOException("nobody listens");
    }
  }
}
