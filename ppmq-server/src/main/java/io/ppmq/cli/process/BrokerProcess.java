package io.ppmq.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
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
 * A broker process that a command starts, in its own directory, with the JVM and the options of the
 * command itself.
 */
public final class BrokerProcess implements AutoCloseable {
  /**
   * A name, since a reference would make a cycle: that class uses the commands, and they use this
   * one.
   */
  private static final String MAIN = "io.ppmq.cli.Ppmq";

  private static final long READY_SECONDS_MAX = 60;
  private static final long STOP_SECONDS_MAX = 6;

  private final Path configFile;
  private volatile @Nullable Process process;
  private volatile boolean closed;

  /** Starts nothing yet. The broker's log will be beside its configuration. */
  public BrokerProcess(Path configFile) {
    this.configFile = configFile;
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @return the milliseconds until then
   */
  public synchronized long start() throws IOException, InterruptedException, Failure {
    long beginNanos = System.nanoTime();
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("serve", "-c", configFile.toString()));
    Process started =
        new ProcessBuilder(command).redirectError(Redirect.appendTo(log().toFile())).start();
    process = started;
    if (closed) {
      started.destroyForcibly(); // interrupted meanwhile
    }
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    Thread reader =
        new Thread(() -> awaitReady(started.getInputStream(), ready), "ppmq-broker-ready");
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

  /** This JVM with its options, class path and main class, as the launcher passed them. */
  private static List<String> java() throws IOException {
    String words = Files.readString(Path.of("/proc/self/cmdline"));
    List<String> own = List.of(words.split("\0"));
    if (own.contains(MAIN)) {
      return own.subList(0, own.indexOf(MAIN) + 1);
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        MAIN);
  }

  private Path log() {
    return configFile.resolveSibling("broker.log");
  }

  private String lastLogLine() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return lines.isEmpty() ? "it wrote no log" : lines.get(lines.size() - 1);
  }

  /** kill -9. */
  public synchronized void kill() throws InterruptedException {
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
  public synchronized int stop() throws InterruptedException, Failure {
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

  /** The id of the process that was started last. */
  public synchronized long pid() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("no broker was started");
    }
    return running.pid();
  }

  /** Kills the process if it still runs. */
  @Override
  public void close() {
    closed = true;
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
  }
}
