package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network of machines that are network namespaces of this one. {@code src/test/c/network.c} can
 * cut or slow each direction of a link, or make it lose packets.
 */
final class HostileNetwork implements Closeable {
  private static final String PROGRAM = "network";

  private final List<String> namespaces;
  private final Process process;
  private final Writer orders;
  private final BufferedReader answers;

  private HostileNetwork(List<String> namespaces) throws IOException, InterruptedException {
    this.namespaces = namespaces;
    List<String> command = new ArrayList<>(List.of(CProgram.path(PROGRAM).toString()));
    command.addAll(namespaces);
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    orders = process.outputWriter(UTF_8);
    answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    expect("ready");
    for (int i = 0; i < namespaces.size(); i++) {
      run("ip", "-n", namespaces.get(i), "addr", "add", address(i) + "/24", "dev", "net");
      run("ip", "-n", namespaces.get(i), "link", "set", "net", "up");
    }
  }

  /** A network without faults; skips the test if that is not possible. */
  static HostileNetwork of(int machines) throws IOException, InterruptedException {
    Requirement.root();
    Requirement.programs("ip", "cc");
    assumeTrue(CProgram.isMade(PROGRAM), "needs cc");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    List<String> namespaces = new ArrayList<>();
    try {
      for (int i = 0; i < machines; i++) {
        String namespace = "ppmq-" + ProcessHandle.current().pid() + "-" + i;
        assumeTrue(status("ip", "netns", "add", namespace) == 0, "needs network namespaces");
        namespaces.add(namespace);
        run("ip", "-n", namespace, "link", "set", "lo", "up");
      }
      return new HostileNetwork(namespaces);
    } catch (IOException | RuntimeException e) {
      delete(namespaces);
      throw e;
    }
  }

  static String address(int machine) {
    return "10.77.0." + (machine + 1);
  }

  /** The beginning of a command that runs on a machine. */
  List<String> on(int machine) {
    return List.of("ip", "netns", "exec", namespaces.get(machine));
  }

  /** Cuts the links from a machine, those to it, or both. */
  void cut(int machine, boolean away, boolean there) throws IOException {
    for (int other = 0; other < namespaces.size(); other++) {
      if (other != machine && away) {
        way(machine, other, 100, 0, 0);
      }
      if (other != machine && there) {
        way(other, machine, 100, 0, 0);
      }
    }
  }

  /** Makes all links lose packets, in percent, and delay them, in milliseconds. */
  void disturb(int loss, int delay, int jitter) throws IOException {
    for (int from = 0; from < namespaces.size(); from++) {
      for (int to = 0; to < namespaces.size(); to++) {
        if (from != to) {
          way(from, to, loss, delay, jitter);
        }
      }
    }
  }

  void heal() throws IOException {
    disturb(0, 0, 0);
  }

  private void way(int from, int to, int loss, int delay, int jitter) throws IOException {
    orders.write("%d %d %d %d %d%n".formatted(from + 1, to + 1, loss, delay, jitter));
    orders.flush();
    expect("done");
  }

  private void expect(String answer) throws IOException {
    String line = answers.readLine();
    if (!answer.equals(line)) {
      throw new IOException("the network does not answer " + answer + " but " + line);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    if (status(command) != 0) {
      throw new IOException(List.of(command) + " failed");
    }
  }

  private static int status(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return process.waitFor(1, TimeUnit.MINUTES) ? process.exitValue() : -1;
  }

  private static void delete(List<String> namespaces) throws IOException {
    try {
      for (String namespace : namespaces) {
        run("ip", "netns", "del", namespace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    delete(namespaces);
  }
}
