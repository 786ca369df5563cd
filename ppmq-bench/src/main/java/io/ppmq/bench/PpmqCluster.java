package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.admin.Version;
import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Three nodes of ppMQ on this machine, with TLS between them, set up as docs/guide/cluster.md says.
 * Programs use the node that leads when all are members, or a relay if there is one.
 */
public final class PpmqCluster implements Server {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final String RELAY = "relay";
  private static final String KEY_OPTIONS =
      " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  private static final Pattern LEADER = Pattern.compile("\"leader\" ?: ?\"([a-c])\"");
  private static final long COMMAND_SECONDS_MAX = 60;

  private final Path directory;
  private final Map<String, ServerProcess> processes = new LinkedHashMap<>();
  private final Path launcher;
  private final boolean relayed;
  private String leader = "";

  private PpmqCluster(Path launcher, Path directory, boolean relayed) {
    this.launcher = launcher;
    this.directory = directory;
    this.relayed = relayed;
  }

  /**
   * Starts the nodes and founds the cluster.
   *
   * @param directory an empty directory for everything
   * @param relayed whether programs use a relay, a fourth process
   */
  public static PpmqCluster start(
      Path launcher, Path directory, PpmqServer.Plan plan, boolean relayed)
      throws IOException, InterruptedException {
    PpmqCluster cluster = new PpmqCluster(launcher, directory, relayed);
    try {
      cluster.found(plan);
      cluster.leader = cluster.leader();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void found(PpmqServer.Plan plan) throws IOException, InterruptedException {
    command(
        "openssl req -x509" + KEY_OPTIONS + " -days 30 -subj /CN=bench -keyout ca.key -out ca.pem");
    List<String> names = new ArrayList<>(NODES);
    if (relayed) {
      names.add(RELAY);
    }
    String addresses = addresses();
    for (String name : names) {
      certify(name);
      Files.writeString(config(name), config(name, addresses, plan), UTF_8);
      List<String> serve = List.of(launcher.toString(), "serve", "-c", config(name).toString());
      Path own = Files.createDirectory(directory.resolve(name));
      // The commands that found the cluster use the admin socket, which appears last.
      Path last = directory.resolve(name + ".socket.admin");
      processes.put(name, ServerProcess.start(own, Map.of(), serve, ServerProcess.listens(last)));
      if (!name.equals(RELAY)) {
        command(
            launcher
                + (name.equals("a") ? " cluster init -c " : " cluster join -c ")
                + config(name));
      }
    }
  }

  private static String addresses() throws IOException {
    List<String> addresses = new ArrayList<>();
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (String name : NODES) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        sockets.add(socket);
        addresses.add(name + ": \"127.0.0.1:" + socket.getLocalPort() + "\"");
      }
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
    return String.join(", ", addresses);
  }

  private void certify(String name) throws IOException, InterruptedException {
    Files.writeString(directory.resolve(name + ".ext"), "subjectAltName=DNS:" + name + "\n", UTF_8);
    command(
        "openssl req%s -subj /CN=%s -keyout %s.key -out %s.csr"
            .formatted(KEY_OPTIONS, name, name, name));
    command(
        ("openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
                + " -extfile %s.ext -out %s.pem")
            .formatted(name, name, name));
  }

  private Path config(String name) {
    return directory.resolve(name + ".yaml");
  }

  /** The socket of a node or the relay for programs. */
  public Path socket(String name) {
    return directory.resolve(name + ".socket");
  }

  private String config(String name, String addresses, PpmqServer.Plan plan) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("ServerSocket: ").append(socket(name)).append('\n');
    yaml.append("DataPath: ").append(directory.resolve("data").resolve(name)).append('\n');
    yaml.append("Cluster:\n  Name: bench\n");
    yaml.append("  Node: ").append(name).append('\n');
    if (name.equals(RELAY)) {
      yaml.append("  Role: relay\n");
    }
    yaml.append("  Nodes: {").append(addresses).append("}\n");
    yaml.append("  Certificate: ").append(directory.resolve(name + ".pem")).append('\n');
    yaml.append("  Key: ").append(directory.resolve(name + ".key")).append('\n');
    yaml.append("  CA: ").append(directory.resolve("ca.pem")).append('\n');
    return yaml.append(PpmqServer.queues(directory, plan)).toString();
  }

  /** The leader. */
  public String leader() throws IOException, InterruptedException {
    command(launcher + " cluster status --json -c " + config("a"));
    Matcher leader = LEADER.matcher(Files.readString(directory.resolve("commands.log"), UTF_8));
    if (!leader.find()) {
      throw new IOException("none of the nodes leads");
    }
    return leader.group(1);
  }

  /** Kills a node like {@code kill -9}. */
  public void kill(String name) {
    process(name).kill();
    processes.remove(name);
  }

  private void command(String words) throws IOException, InterruptedException {
    Path log = directory.resolve("commands.log");
    Process process =
        new ProcessBuilder(words.split(" ", -1))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(words + ": " + Files.readString(log, UTF_8).strip());
    }
  }

  @Override
  public String version() {
    return Version.current();
  }

  @Override
  public Settings settings() {
    return new Settings(Map.of("socket", socket(relayed ? RELAY : leader).toString()));
  }

  @Override
  public ProcessUsage usage() throws IOException {
    ProcessUsage all = new ProcessUsage(0, 0, 0, 0);
    for (ProcessUsage one : usages().values()) {
      all = all.plus(one);
    }
    return all;
  }

  @Override
  public Map<String, ProcessUsage> usages() throws IOException {
    Map<String, ProcessUsage> usages = new LinkedHashMap<>();
    for (Map.Entry<String, ServerProcess> one : processes.entrySet()) {
      usages.put(one.getKey(), one.getValue().usage());
    }
    return usages;
  }

  /** The process of the leader. */
  @Override
  public long pid() {
    return process(leader).pid();
  }

  private ServerProcess process(String name) {
    ServerProcess process = processes.get(name);
    if (process == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return process;
  }

  @Override
  public Path data() {
    return directory.resolve("data");
  }

  @Override
  public void close() {
    processes.values().forEach(ServerProcess::close);
  }
}
