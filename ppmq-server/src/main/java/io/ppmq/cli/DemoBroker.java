package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.client.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A broker process of the demo's own, in a temporary directory, with the same JVM and the same
 * options as the demo itself.
 */
final class DemoBroker implements AutoCloseable {
  private static final long READY_SECONDS_MAX = 20;
  private static final long STOP_SECONDS_MAX = 6;

  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Subscribers:
        - Name: kitchen
          Socket: %1$s/kitchen.socket
        - Name: screen
          Socket: %1$s/screen.socket
        - Name: archive
          Socket: %1$s/archive.socket
          BatchSize: 500
      Topics:
        - Name: orders
          Subscribers: [kitchen]
          Priorities: 2
        - Name: prices
          Subscribers: [screen]
          Dedupe: true
        - Name: offers
          Subscribers: [screen]
          Expire: true
        - Name: journal
          Subscribers: [archive]
      """;

  private final TemporaryDirectory temporary;
  private final Path directory;
  private volatile @Nullable Process process;
  private volatile boolean closed;

  private DemoBroker(TemporaryDirectory temporary) {
    this.temporary = temporary;
    this.directory = temporary.path();
  }

  /** Makes the directory and writes the configuration; starts nothing yet. */
  static DemoBroker prepare() throws IOException {
    DemoBroker broker = new DemoBroker(new TemporaryDirectory("ppmq-demo-"));
    Files.writeString(broker.configFile(), broker.config());
    return broker;
  }

  Path directory() {
    return directory;
  }

  Path configFile() {
    return directory.resolve("ppmq.yaml");
  }

  String config() {
    return CONFIG.formatted(directory);
  }

  /** The broker's own socket. */
  Address socket() {
    return Address.of(directory.resolve("ppmq.socket").toString());
  }

  /** The socket of a subscriber. */
  Address socket(String subscriber) {
    return Address.of(directory.resolve(subscriber + ".socket").toString());
  }

  AdminClient admin() {
    return new AdminClient(new io.ppmq.config.Address.Unix(directory.resolve("ppmq.socket.admin")));
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @return after how many milliseconds it was
   */
  synchronized long start() throws IOException, InterruptedException, Failure {
    long beginNanos = System.nanoTime();
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("serve", "-c", configFile().toString()));
    Process started =
        new ProcessBuilder(command).redirectError(Redirect.appendTo(log().toFile())).start();
    process = started;
    if (closed) {
      started.destroyForcibly(); // interrupted meanwhile
    }
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    Thread reader = new Thread(() -> awaitReady(started.getInputStream(), ready), "demo-broker");
    reader.setDaemon(true);
    reader.start();
    try {
      if (!ready.get(READY_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new Failure(Status.FAILED, "the broker did not start: " + lastLogLine());
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new Failure(Status.FAILED, "the broker was not ready in time: " + lastLogLine());
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }

  private static void awaitReady(InputStream stdout, CompletableFuture<Boolean> ready) {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(stdout, UTF_8))) {
      ready.complete("ppmq: ready".equals(lines.readLine()));
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
  }

  /** This very JVM and its options, class path and main class, as the launcher put them. */
  private static List<String> java() throws IOException {
    String main = Ppmq.class.getName();
    String words = Files.readString(Path.of("/proc/self/cmdline"));
    List<String> own = List.of(words.split("\0"));
    if (own.contains(main)) {
      return own.subList(0, own.indexOf(main) + 1);
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        main);
  }

  private Path log() {
    return directory.resolve("broker.log");
  }

  private String lastLogLine() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
  }

  /** kill -9. */
  synchronized void kill() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
  }

  /**
   * SIGTERM, and waits.
   *
   * @return the exit status
   */
  synchronized int stop() throws InterruptedException, Failure {
    Process running = process;
    if (running == null) {
      return Status.DONE;
    }
    running.destroy();
    if (!running.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new Failure(Status.FAILED, "the broker did not stop");
    }
    return running.exitValue();
  }

  /** Kills what still runs and removes the directory. */
  @Override
  public void close() throws IOException {
    closed = true;
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
    temporary.close();
  }
}
