package io.ppmq.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Three nodes of RabbitMQ, with a member of each quorum queue on every node. */
final class RabbitMqCluster {
  private static final int NODES = 3;
  private static final Path CTL = Path.of("/usr/lib/rabbitmq/bin/rabbitmqctl");

  private RabbitMqCluster() {}

  static PeerCluster start(Path directory) throws Exception {
    int epmdPort = PeerServer.freePort();
    List<PeerServer> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < NODES; i++) {
        Path own = Files.createDirectory(directory.resolve("node" + i));
        // One home for all nodes: they share the cookie in it.
        nodes.add(RabbitMq.start(own, directory, name(i), epmdPort, true));
        ctl(directory, epmdPort, name(i), "await_startup");
        if (i > 0) {
          ctl(directory, epmdPort, name(i), "stop_app");
          ctl(directory, epmdPort, name(i), "join_cluster", name(0));
          ctl(directory, epmdPort, name(i), "start_app");
        }
      }
      return new PeerCluster(nodes, directory);
    } catch (Exception e) {
      for (PeerServer node : nodes) {
        node.close();
      }
      throw e;
    }
  }

  private static String name(int node) {
    return "bench" + node + "@localhost";
  }

  private static void ctl(Path home, int epmdPort, String node, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(CTL.toString(), "-n", node));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .putAll(Map.of("HOME", home.toString(), "ERL_EPMD_PORT", Integer.toString(epmdPort)));
    Path log = home.resolve("ctl.log");
    int status = builder.redirectOutput(log.toFile()).start().waitFor();
    if (status != 0) {
      throw new IOException(command + ": " + Files.readString(log).strip());
    }
  }
}
