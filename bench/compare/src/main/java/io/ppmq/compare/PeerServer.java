package io.ppmq.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.bench.Server;
import io.ppmq.bench.ServerProcess;
import io.ppmq.bench.Settings;
import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The broker of another project, on a port of this machine. */
final class PeerServer implements Server {
  /** Cleans up after the broker has ended. */
  @FunctionalInterface
  interface After {
    void run() throws IOException;
  }

  /** Starts the process; called again to restart it in the same directory. */
  private interface Launch {
    ServerProcess process() throws IOException, InterruptedException;
  }

  private final Launch launch;
  private ServerProcess process;
  private final Settings settings;
  private final Path data;
  private final String version;
  private final After after;

  private PeerServer(
      Launch launch,
      ServerProcess process,
      Settings settings,
      Path data,
      String version,
      After after) {
    this.launch = launch;
    this.process = process;
    this.settings = settings;
    this.data = data;
    this.version = version;
    this.after = after;
  }

  /** Starts the broker, and waits until it listens on the port. */
  static PeerServer start(Path directory, int port, List<String> command, String version)
      throws IOException, InterruptedException {
    return start(directory, port, Map.of(), command, version, () -> {});
  }

  static PeerServer start(
      Path directory,
      int port,
      Map<String, String> environment,
      List<String> command,
      String version,
      After after)
      throws IOException, InterruptedException {
    Launch launch =
        () -> ServerProcess.start(directory, environment, command, ServerProcess.accepts(port));
    Settings settings = new Settings(Map.of("port", Integer.toString(port)));
    return new PeerServer(launch, launch.process(), settings, directory, version, after);
  }

  /** Returns a server with one more setting for the workers. */
  PeerServer telling(String name, String value) {
    return new PeerServer(launch, process, settings.with(name, value), data, version, after);
  }

  /** A port on which no process listens. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The output of a command as one line. */
  static String output(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    process.onExit().join();
    return text;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Settings settings() {
    return settings;
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
    return data;
  }

  /** Kills the broker with SIGKILL. */
  void kill() {
    process.kill();
  }

  @Override
  public long crash() throws IOException, InterruptedException {
    process.kill();
    long beginNanos = System.nanoTime();
    process = launch.process();
    return System.nanoTime() - beginNanos;
  }

  @Override
  public void close() throws IOException {
    process.close();
    after.run();
  }
}
