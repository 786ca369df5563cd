package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.admin.Version;
import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A broker of ppMQ, started as users start it. */
public final class PpmqServer implements Server {
  /**
   * The configuration of the broker.
   *
   * @param sync the value of {@code Sync}
   * @param batch the most messages in one push
   * @param absent whether there is another subscriber, which never connects
   */
  public record Plan(
      String sync,
      int topics,
      int subscribers,
      int batch,
      int priorities,
      boolean dedupe,
      boolean absent) {}

  private final Path directory;
  private final Path launcher;
  private ServerProcess process;

  private PpmqServer(Path launcher, Path directory) throws IOException, InterruptedException {
    this.launcher = launcher;
    this.directory = directory;
    this.process = serve();
  }

  /**
   * Starts the broker and waits until it is ready.
   *
   * @param launcher the script {@code ppmq}
   * @param directory an empty directory for its configuration, sockets and data
   */
  public static PpmqServer start(Path launcher, Path directory, Plan plan)
      throws IOException, InterruptedException {
    Files.writeString(config(directory), config(directory, plan), UTF_8);
    return new PpmqServer(launcher, directory);
  }

  private static Path config(Path directory) {
    return directory.resolve("ppmq.yaml");
  }

  private ServerProcess serve() throws IOException, InterruptedException {
    List<String> command =
        List.of(launcher.toString(), "serve", "-c", config(directory).toString());
    return ServerProcess.start(directory, Map.of(), command, ServerProcess.listens(socket()));
  }

  private Path socket() {
    return directory.resolve("ppmq.socket");
  }

  /** {@code topic0}, {@code topic1}, … */
  static List<String> names(String what, int count) {
    return IntStream.range(0, count).mapToObj(i -> what + i).toList();
  }

  private static String config(Path directory, Plan plan) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("ServerSocket: ").append(directory.resolve("ppmq.socket")).append('\n');
    yaml.append("DataPath: ").append(directory.resolve("data")).append('\n');
    yaml.append("Sync: ").append(plan.sync).append('\n');
    return yaml.append(queues(directory, plan)).toString();
  }

  /** The subscribers and topics of a configuration; their sockets are in {@code directory}. */
  static String queues(Path directory, Plan plan) {
    List<String> present = names("subscriber", plan.subscribers);
    StringBuilder yaml = new StringBuilder("Subscribers:\n");
    List<String> all = names("subscriber", plan.subscribers + (plan.absent ? 1 : 0));
    for (String name : all) {
      yaml.append("  - Name: ").append(name).append('\n');
      yaml.append("    Socket: ").append(directory.resolve(name + ".socket")).append('\n');
      yaml.append("    BatchSize: ").append(plan.batch).append('\n');
    }
    yaml.append("Topics:\n");
    for (String name : names("topic", plan.topics)) {
      yaml.append("  - Name: ").append(name).append('\n');
      yaml.append("    Subscribers: ").append(plan.absent ? all : present).append('\n');
      yaml.append("    Priorities: ").append(plan.priorities).append('\n');
      yaml.append("    Dedupe: ").append(plan.dedupe).append('\n');
    }
    return yaml.toString();
  }

  @Override
  public String version() {
    return Version.current();
  }

  @Override
  public Settings settings() {
    return new Settings(Map.of("socket", socket().toString()));
  }

  @Override
  public ProcessUsage usage() throws IOException {
    return process.usage();
  }

  @Override
  public long crash() throws IOException, InterruptedException {
    process.kill();
    long beginNanos = System.nanoTime();
    process = serve();
    return System.nanoTime() - beginNanos;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public Path data() {
    return directory.resolve("data");
  }

  @Override
  public void close() {
    process.close();
  }
}
