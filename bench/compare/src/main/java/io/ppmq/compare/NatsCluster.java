package io.ppmq.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Three nodes of NATS, with three replicas of each stream. */
final class NatsCluster {
  private static final int NODES = 3;

  private NatsCluster() {}

  /**
   * Starts the nodes.
   *
   * @param sync the value of {@code sync_interval}
   */
  static PeerCluster start(Path directory, String sync) throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ports.add(PeerServer.freePort());
    }
    String routes =
        ports.stream()
            .map(port -> "\"nats-route://127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(", "));
    List<PeerServer> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < NODES; i++) {
        Path own = Files.createDirectory(directory.resolve("node" + i));
        String more =
            """
            server_name: "node%d"
            cluster { name: "bench", listen: "127.0.0.1:%d", routes: [%s] }
            """
                .formatted(i, ports.get(i), routes);
        nodes.add(Nats.start(own, sync, more));
      }
      awaitLeader(directory);
      return new PeerCluster(nodes, directory);
    } catch (Exception e) {
      for (PeerServer node : nodes) {
        node.close();
      }
      throw e;
    }
  }

  /** Waits for a leader, which the creation of streams needs; the nodes' logs report it. */
  private static void awaitLeader(Path directory) throws IOException, InterruptedException {
    for (int i = 0; i < 300; i++) {
      try (Stream<Path> nodes = Files.list(directory)) {
        for (Path node : nodes.toList()) {
          if (Files.readString(node.resolve("server.log"), UTF_8).contains("metadata leader")) {
            Thread.sleep(1000); // the other nodes learn of the leader
            return;
          }
        }
      }
      Thread.sleep(100);
    }
    throw new IOException("the NATS nodes did not elect a leader");
  }
}
