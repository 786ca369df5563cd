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

/** The real ppMQ, started as its users start it. */
public final class PpmqServer implements Server {
  /**
   * How it is configured, and how much of everything.
   *
   * @param sync as {@code Sync} in the configuration
   * @param batch the most messages in one push
   * @param absent whether there is one more subscriber, which never comes
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
  private final ServerProcess process;

  private PpmqServer(Path directory, ServerProcess process) {
    this.directory = directory;
    this.process = process;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param launcher the script {@code ppmq}
   * @param directory an empty one, for its configuration, sockets and data
   */
  public static PpmqServer start(Path launcher, Path directory, Plan plan)
      throws IOException, InterruptedException {
    Path config = directory.resolve("ppmq.yaml");
    Files.writeString(config, config(directory, plan), UTF_8);
    List<String> command = List.of(launcher.toString(), "serve", "-c", config.toString());
    ServerProcess process =
        ServerProcess.start(
            directory, Map.of(), command, ServerProcess.exists(directory.resolve("ppmq.socket")));
    return new PpmqServer(directory, process);
  }

  /** {@code topic0}, {@code topic1}, … */
  static List<String> names(String what, int count) {
    return IntStream.range(0, count).mapToObj(i -> what + i).toList();
  }

  private static String config(Path directory, Plan plan) {
    List<String> present = names("subscriber", plan.subscribers);
    StringBuilder yaml = new StringBuilder();
    yaml.append("ServerSocket: ").append(directory.resolve("ppmq.socket")).append('\n');
    yaml.append("DataPath: ").append(directory.resolve("data")).append('\n');
    yaml.append("Sync: ").append(plan.sync).append('\n');
    yaml.append("Subscribers:\n");
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
    return new Settings(Map.of("socket", directory.resolve("ppmq.socket").toString()));
  }

  @Override
  public ProcessUsage usage() throws IOException {
    return process.usage();
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
