package io.ppmq.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Three nodes of NATS, whose streams have three replicas. */
final class NatsCluster {
  private static final int NODES = 3;

  private NatsCluster() {}

  /**
   * Starts them.
   *
   * @param sync {@code sync_interval}
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

  /** Streams can be made when the nodes have a leader for them, which their logs tell. */
  private static void awaitLeader(Path directory) throws IOException, InterruptedException {
    for (int i = 0; i < 300; i++) {
      try (Stream<Path> nodes = Files.list(directory)) {
        for (Path node : nodes.toList()) {
          if (Files.readString(node.resolve("server.log"), UTF_8).contains("metadata leader")) {
            Thread.sleep(1000); // the others hear of it
            return;
          }
        }
      }
      Thread.sleep(100);
    }
    throw new IOException("the nodes of NATS have found no leader");
  }
}
