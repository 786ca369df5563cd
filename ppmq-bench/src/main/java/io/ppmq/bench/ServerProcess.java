package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The process of a broker, with its child processes. */
public final class ServerProcess implements AutoCloseable {
  private static final long READY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long LOOK_MILLIS = 10;
  private static final long STOP_SECONDS_MAX = 20;

  /** Tells whether the broker is ready. */
  @FunctionalInterface
  public interface Readiness {
    /** Whether the broker can be used now. */
    boolean isReady() throws IOException;
  }

  private final Process process;
  private final Path log;

  private ServerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a process in its directory and waits until it can be used.
   *
   * @param directory its working directory; its output goes to {@code server.log} there
   * @param environment variables in addition to those of this process
   */
  public static ServerProcess start(
      Path directory, Map<String, String> environment, List<String> command, Readiness readiness)
      throws IOException, InterruptedException {
    Path log = directory.resolve("server.log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
    ServerProcess server = new ServerProcess(builder.start(), log);
    server.await(readiness);
    return server;
  }

  private void await(Readiness readiness) throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + READY_NANOS_MAX;
    while (!readiness.isReady()) {
      if (!process.isAlive() || System.nanoTime() > deadlineNanos) {
        close();
        throw new IOException("the broker did not start; it says: " + lastLines());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private String lastLines() throws IOException {
    List<String> lines = Files.readAllLines(log, UTF_8);
    return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  /** Ready when it accepts connections on a port of this machine. */
  public static Readiness accepts(int port) {
    return () -> {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return true;
      } catch (IOException notYet) {
        return false;
      }
    };
  }

  /** Ready when it accepts connections on a unix socket. */
  public static Readiness listens(Path file) {
    return () -> {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
        return channel.isConnected();
      } catch (IOException notYet) {
        return false;
      }
    };
  }

  /** The id of the started process. */
  public long pid() {
    return process.pid();
  }

  /** The usage of the process and its children so far. */
  public ProcessUsage usage() throws IOException {
    ProcessUsage usage = ProcessUsage.of(process.pid());
    for (ProcessHandle child : process.descendants().toList()) {
      try {
        usage = usage.plus(ProcessUsage.of(child.pid()));
      } catch (NoSuchFileException ended) {
        // the process ended after it was listed: it does not count
      }
    }
    return usage;
  }

  /** Kills the process and its children. */
  public void kill() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    process.onExit().join();
    children.forEach(child -> child.onExit().join());
  }

  /** Asks the process to end, and kills it and its children if it does not. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    process.onExit().join();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
