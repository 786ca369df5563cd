package io.ppmq.cli.demo;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.process.BrokerProcess;
import io.ppmq.cli.process.TemporaryDirectory;
import io.ppmq.client.Address;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/** Three nodes of a cluster on this machine, each a process with a directory of its own. */
final class DemoCluster implements Closeable {
  static final List<String> NODES = List.of("a", "b", "c");

  private static final String CONFIG =
      """
      ServerSocket: %1$s/%2$s/ppmq.socket
      DataPath: %1$s/%2$s/data
      Cluster:
        Name: demo
        Node: %2$s
        Nodes: {%3$s}
        Certificate: %1$s/node.pem
        Key: %1$s/node.key
        CA: %1$s/node.pem
      Subscribers:
        - Name: clerk
      Topics:
        - Name: orders
          Subscribers: [clerk]
      """;

  private final TemporaryDirectory temporary;
  private final Path directory;
  private final Map<String, BrokerProcess> processes = new TreeMap<>();

  private DemoCluster(TemporaryDirectory temporary) {
    this.temporary = temporary;
    this.directory = temporary.path();
    NODES.forEach(node -> processes.put(node, new BrokerProcess(configFile(node))));
  }

  /** Makes the directories, configurations and a certificate; starts nothing yet. */
  static DemoCluster prepare() throws IOException, GeneralSecurityException {
    DemoCluster cluster = new DemoCluster(new TemporaryDirectory("ppmq-demo-"));
    DemoCertificate.write(
        cluster.directory.resolve("node.pem"), cluster.directory.resolve("node.key"), NODES);
    String addresses = addresses();
    for (String node : NODES) {
      Files.createDirectory(cluster.directory.resolve(node));
      Files.writeString(
          cluster.configFile(node), CONFIG.formatted(cluster.directory, node, addresses));
    }
    return cluster;
  }

  /** Ports of the loopback interface that are free. */
  private static String addresses() throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < NODES.size(); i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return NODES.stream()
          .map(
              node ->
                  node + ": \"127.0.0.1:" + sockets.get(NODES.indexOf(node)).getLocalPort() + '"')
          .collect(Collectors.joining(", "));
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  Path directory() {
    return directory;
  }

  private Path configFile(String node) {
    return directory.resolve(node).resolve("ppmq.yaml");
  }

  /** The socket of a node; in a real cluster it is on the node's own machine. */
  Address socket(String node) {
    return Address.of(directory.resolve(node).resolve("ppmq.socket").toString());
  }

  private AdminClient admin(String node) {
    return new AdminClient(
        new io.ppmq.config.Address.Unix(directory.resolve(node).resolve("ppmq.socket.admin")));
  }

  private BrokerProcess process(String node) {
    BrokerProcess process = processes.get(node);
    if (process == null) {
      throw new IllegalArgumentException(node);
    }
    return process;
  }

  /** Starts all nodes at once, and makes them found the cluster. */
  void start() throws IOException, Failure {
    List<CompletableFuture<Void>> starts =
        NODES.stream().map(node -> CompletableFuture.runAsync(() -> startOne(node))).toList();
    try {
      starts.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw e.getCause() instanceof IllegalStateException failed
              && failed.getCause() instanceof Failure failure
          ? failure
          : new Failure(Status.FAILED, String.valueOf(e.getMessage()));
    }
    admin("a").post("/cluster/found");
    admin("b").post("/cluster/join");
    admin("c").post("/cluster/join");
  }

  private void startOne(String node) {
    try {
      process(node).start();
    } catch (IOException | Failure e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts a node again. */
  void start(String node) throws IOException, InterruptedException, Failure {
    process(node).start();
  }

  /** kill -9. */
  void kill(String node) throws InterruptedException {
    process(node).kill();
  }

  /** The leader, as the asked node knows it; empty while there is none. */
  String leader(String asked) throws IOException, Failure {
    return JsonTree.parse(admin(asked).get("/cluster")).text("leader");
  }

  /** Whether all three nodes have the same content. */
  boolean isEqual(String asked) throws IOException, Failure {
    JsonTree answer = JsonTree.parse(admin(asked).post("/cluster/verify"));
    return answer.isTrue("equal") && answer.texts("silent").isEmpty();
  }

  /** Kills remaining processes and removes the directory. */
  @Override
  public void close() throws IOException {
    processes.values().forEach(BrokerProcess::close);
    temporary.close();
  }
}
