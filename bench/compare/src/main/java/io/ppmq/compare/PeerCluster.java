package io.ppmq.compare;

import io.ppmq.bench.Server;
import io.ppmq.bench.Settings;
import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Several nodes of another project's broker on this machine; programs connect to the first. */
final class PeerCluster implements Server {
  private final List<PeerServer> nodes;
  private final Settings settings;
  private final Path data;

  /** Combines nodes that are already connected to each other. */
  PeerCluster(List<PeerServer> nodes, Path data) {
    this.nodes = List.copyOf(nodes);
    this.settings = nodes.get(0).settings().with("replicas", nodes.size());
    this.data = data;
  }

  /**
   * The settings with which programs connect to a node; nodes are named {@code node0} and so on.
   */
  Settings settings(String node) {
    return node(node).settings().with("replicas", nodes.size());
  }

  /** Kills a node with SIGKILL. */
  void kill(String node) {
    node(node).kill();
  }

  private PeerServer node(String name) {
    return nodes.get(Integer.parseInt(name.substring("node".length())));
  }

  @Override
  public String version() throws Exception {
    return nodes.get(0).version();
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public ProcessUsage usage() throws IOException {
    ProcessUsage all = new ProcessUsage(0, 0, 0, 0);
    for (PeerServer node : nodes) {
      all = all.plus(node.usage());
    }
    return all;
  }

  @Override
  public Map<String, ProcessUsage> usages() throws IOException {
    Map<String, ProcessUsage> usages = new LinkedHashMap<>();
    for (PeerServer node : nodes) {
      usages.put("node" + usages.size(), node.usage());
    }
    return usages;
  }

  @Override
  public long pid() {
    return nodes.get(0).pid();
  }

  @Override
  public Path data() {
    return data;
  }

  @Override
  public void close() throws IOException {
    for (PeerServer node : nodes) {
      node.close();
    }
  }
}
