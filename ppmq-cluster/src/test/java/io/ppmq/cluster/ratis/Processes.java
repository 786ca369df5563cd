package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.NodeAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Nodes in their own processes, which can be killed. */
final class Processes implements AutoCloseable {
  private final Path directory;
  private final List<String> options;
  private final SortedMap<String, NodeAddress> addresses;
  private final Map<String, Running> running = new TreeMap<>();

  /**
   * Nodes that are not started yet.
   *
   * @param options for the JVM, beside those of the launcher
   */
  Processes(Path directory, List<String> options, String... names) throws IOException {
    this.directory = directory;
    this.options = options;
    this.addresses = Node.addresses(names);
  }

  private record Running(Process process, BufferedReader out, Writer in) {}

  /** Starts the node, and waits until it listens. */
  void start(String name) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms12m", "-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=32m"));
    command.addAll(options);
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(NodeProcess.class.getName(), name, directory.resolve(name).toString()));
    addresses.forEach(
        (node, address) -> command.addAll(List.of(node, String.valueOf(address.port()))));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Running started =
        new Running(
            process,
            process.inputReader(StandardCharsets.UTF_8),
            process.outputWriter(StandardCharsets.UTF_8));
    running.put(name, started);
    assertThat(line(started)).isEqualTo("started");
  }

  /** Sends a line to a node, and returns its answer. */
  String tell(String name, String line) throws Exception {
    Running node = running.get(name);
    node.in().write(line + "\n");
    node.in().flush();
    return line(node);
  }

  private static String line(Running node) throws Exception {
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return String.valueOf(node.out().readLine());
              } catch (IOException e) {
                return "gone";
              }
            })
        .get(Node.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** The process of a node. */
  long pid(String name) {
    return running.get(name).process().pid();
  }

  /** Kills a node like kill -9. */
  void kill(String name) throws InterruptedException {
    Process process = running.remove(name).process();
    process.destroyForcibly();
    process.waitFor();
  }

  /** Waits for a leader whose broker would run, and returns it. */
  String leader() throws Exception {
    String[] found = new String[1];
    Node.await(
        "somebody leads",
        () -> {
          for (String name : List.copyOf(running.keySet())) {
            if (tell(name, "leads").equals("true")) {
              found[0] = name;
            }
          }
          return found[0] != null;
        });
    return found[0];
  }

  @Override
  public void close() {
    for (Running node : running.values()) {
      node.process().destroyForcibly();
    }
  }
}
