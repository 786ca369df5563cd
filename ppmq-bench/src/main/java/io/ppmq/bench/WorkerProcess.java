package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.load.Pace;
import io.ppmq.load.ProcessUsage;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link Worker} in its own process, for the program that gives it orders. */
final class WorkerProcess implements AutoCloseable {
  private final String role;
  private final Process process;
  private final PrintStream orders;
  private final BufferedReader answers;
  private final ExecutorService reader = Executors.newSingleThreadExecutor();

  private WorkerProcess(String role, Process process) {
    this.role = role;
    this.process = process;
    this.orders = new PrintStream(process.getOutputStream(), true, UTF_8);
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /**
   * Starts a worker.
   *
   * @param role producer or subscriber
   * @param log the file for its standard error
   */
  static WorkerProcess start(Class<? extends Driver> driver, String role, Settings told, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m", "-Xmn32m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    command.addAll(List.of(driver.getName(), role));
    command.addAll(told.words());
    Process process =
        new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile())).start();
    return new WorkerProcess(role, process);
  }

  void open(long patienceNanos) throws Exception {
    order("open").get(patienceNanos);
  }

  void leave(long patienceNanos) throws Exception {
    order("close").get(patienceNanos);
  }

  Answer publish(Pace pace) {
    return order(
        "publish %d %d %s %d"
            .formatted(
                pace.messagesMax(),
                pace.nanosMax(),
                Double.toString(pace.messagesPerSecond()),
                pace.windowValues()));
  }

  Answer receive(int ends) {
    return order("receive " + ends);
  }

  ProcessUsage usage() throws IOException {
    return ProcessUsage.of(process.pid());
  }

  private Answer order(String line) {
    orders.println(line);
    Future<List<String>> answer =
        reader.submit(
            () -> {
              String text = answers.readLine();
              if (text == null) {
                throw new EOFException("the " + role + " has ended");
              }
              if (text.startsWith("failed ")) {
                throw new IOException("the " + role + ": " + text.substring("failed ".length()));
              }
              return List.of(text.split(" ", -1));
            });
    return new Answer(role, answer);
  }

  /**
   * The future answer of a worker.
   *
   * @param role for the message about a missing answer
   */
  record Answer(String role, Future<List<String>> words) {
    List<String> get(long patienceNanos) throws Exception {
      try {
        return words.get(patienceNanos, TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException cause ? cause : e;
      } catch (TimeoutException e) {
        throw new IOException("the " + role + " did not finish in time", e);
      }
    }

    Published published(long patienceNanos) throws Exception {
      return Worker.published(get(patienceNanos));
    }

    Received received(long patienceNanos) throws Exception {
      return Worker.received(get(patienceNanos));
    }
  }

  @Override
  public void close() {
    orders.close();
    reader.shutdownNow();
    process.destroyForcibly();
    process.onExit().join();
  }
}
