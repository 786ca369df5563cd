package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A broker process, started by the launcher. */
final class BrokerProcess implements Closeable {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");

  private static final long STOP_MILLIS = 5000;

  private final Process process;
  private final Path output;
  private final Path errors;

  private BrokerProcess(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /** Starts a broker, and does not wait until it is ready. */
  static BrokerProcess launch(Path config) throws IOException {
    return launch(config, Map.of());
  }

  /** Starts a broker with additional environment variables. */
  static BrokerProcess launch(Path config, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = command(config);
    builder.environment().putAll(environment);
    return launch(builder);
  }

  /** Starts a broker by a command that runs its arguments elsewhere. */
  static BrokerProcess launch(List<String> where, Path config) throws IOException {
    ProcessBuilder builder = command(config);
    builder.command().addAll(0, where);
    return launch(builder);
  }

  /** Starts a broker that may have only this many files open. */
  static BrokerProcess launch(Path config, int openFilesMax) throws IOException {
    String limited = "ulimit -n " + openFilesMax + " && exec \"$0\" serve -c \"$1\"";
    return launch(new ProcessBuilder("sh", "-c", limited, LAUNCHER.toString(), config.toString()));
  }

  /** Starts a broker with a umask of 0. */
  static BrokerProcess launchWithoutUmask(Path config) throws IOException {
    String open = "umask 0 && exec \"$0\" serve -c \"$1\"";
    return launch(new ProcessBuilder("sh", "-c", open, LAUNCHER.toString(), config.toString()));
  }

  /** The command of a broker that catches SIGHUP, even if the tests run under nohup. */
  private static ProcessBuilder command(Path config) {
    return new ProcessBuilder(
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=HUP",
                LAUNCHER.toString(),
                "serve",
                "-c",
                config.toString())));
  }

  /** Starts a broker whose stderr is an unread pipe. */
  static BrokerProcess launchUnread(Path config) throws IOException {
    Path output = temporaryFile(".out");
    ProcessBuilder builder = command(config).redirectOutput(output.toFile());
    return new BrokerProcess(onThisJava(builder).start(), output, temporaryFile(".err"));
  }

  private static BrokerProcess launch(ProcessBuilder builder) throws IOException {
    Path output = temporaryFile(".out");
    Path errors = temporaryFile(".err");
    builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
    return new BrokerProcess(onThisJava(builder).start(), output, errors);
  }

  private static ProcessBuilder onThisJava(ProcessBuilder builder) {
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  private static Path temporaryFile(String suffix) throws IOException {
    Path file = Files.createTempFile("ppmq-it", suffix);
    file.toFile().deleteOnExit();
    return file;
  }

  /** The lines written so far. */
  private static List<String> lines(Path file) {
    try {
      String text = new String(Files.readAllBytes(file), UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the line that says that it is ready. */
  BrokerProcess awaitReady() throws Exception {
    Await.until(
        "ppmq: ready",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("the broker ended: " + lines(output) + errors());
          }
          return isReady();
        });
    return this;
  }

  boolean isReady() {
    return lines(output).contains("ppmq: ready") || errors().contains("ppmq: ready");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** The lines of stderr. */
  List<String> errors() {
    return lines(errors);
  }

  /** The lines of stderr with this text so far; after the end of the broker, all of them. */
  List<String> errors(String text) {
    return errors().stream().filter(line -> line.contains(text)).toList();
  }

  /**
   * Waits until a line of stderr contains this text; returns all such lines. For a running broker,
   * which may write a line after its cause was seen from outside.
   */
  List<String> said(String text) throws Exception {
    try {
      Await.until(text, () -> !errors(text).isEmpty() || !isAlive());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; the log: " + errors(), e);
    }
    return errors(text);
  }

  /**
   * Stops the broker, and returns all lines of stderr with this text, to check that there are none,
   * or no more.
   */
  List<String> saidToTheEnd(String text) throws Exception {
    if (isAlive()) {
      assertThat(terminate()).isZero();
    }
    return errors(text);
  }

  /** Ends it with kill -9. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Sends it SIGHUP. */
  void hangUp() throws IOException, InterruptedException {
    signal("HUP");
  }

  /** Sends it a signal, by the shell: not every machine has a program for that. */
  void signal(String name) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid()).inheritIO().start();
    if (shell.waitFor() != 0) {
      throw new AssertionError("no SIG" + name + " to process " + pid());
    }
  }

  /** Asks it to stop, and waits; returns the exit status. */
  int terminate() throws Exception {
    process.destroy();
    return awaitExit(Await.PATIENCE);
  }

  /** Asks it to stop, and checks that it stops cleanly within the promised 5 seconds. */
  void terminateInTime() throws Exception {
    try (Pace pace = Pace.watch()) {
      long start = System.nanoTime();
      int status = terminate();
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      if (status != 0 || millis >= pace.bound(STOP_MILLIS)) {
        throw new AssertionError("stopped after " + millis + " ms, with status " + status);
      }
    }
  }

  /** Waits for its end; returns the exit status. */
  int awaitExit(Duration atMost) throws Exception {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the broker still runs after " + atMost + ": " + errors());
    }
    return process.exitValue();
  }

  /** The words of the command that started it, with the options of the JVM. */
  List<String> words() throws IOException {
    return List.of(Files.readString(Path.of("/proc/" + pid() + "/cmdline")).split("\0"));
  }

  /** The most resident memory so far, in bytes. */
  long rssMaxBytes() throws IOException {
    return statusKilobytes("VmHWM:") << 10;
  }

  /** The present resident memory, in bytes. */
  long rssBytes() throws IOException {
    return statusKilobytes("VmRSS:") << 10;
  }

  private long statusKilobytes(String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no " + field + " of process " + pid());
  }

  @Override
  public void close() {
    kill();
  }
}
