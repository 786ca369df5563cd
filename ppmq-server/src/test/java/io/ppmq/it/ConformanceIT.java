package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The clients of this tree pass {@code ppmq conformance}, and so does the broker. */
@Execution(ExecutionMode.CONCURRENT) // the programs wait most of the time
class ConformanceIT {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
  private static final Path CLIENTS = REPOSITORY.resolve("clients");

  @TempDir Path directory;

  /** Runs a command to its end; returns its output with a last line "status N". */
  private String run(Path in, String... command) throws Exception {
    Path output = Files.createTempFile(directory, "out", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("PYTHONPATH", CLIENTS.resolve("python").toString());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).as("it ends").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return Files.readString(output, UTF_8) + "status " + process.exitValue();
  }

  private String conformance(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "conformance"));
    command.addAll(List.of(arguments));
    return run(directory, command.toArray(String[]::new));
  }

  private String client(String program) throws Exception {
    String socket = directory.resolve("c.socket").toString();
    return conformance("client", "--socket", socket, "--exec", "exec " + program);
  }

  private static void assertPassed(String said) {
    assertThat(said).contains(" 0 failed of ").endsWith("status 0");
  }

  @Test
  void pythonPasses() throws Exception {
    Requirement.programs("python3");
    assertPassed(client("python3 " + CLIENTS.resolve("python/tests/conformance.py")));
  }

  @Test
  void nodePasses() throws Exception {
    Requirement.programs("node");
    assertPassed(client("node " + CLIENTS.resolve("node/test/conformance.js")));
  }

  @Test
  void goPasses() throws Exception {
    Requirement.programs("go");
    String program = directory.resolve("conformance").toString();
    Path module = CLIENTS.resolve("go");
    assertThat(run(module, "go", "build", "-o", program, "./internal/conformance"))
        .isEqualTo("status 0");
    assertPassed(client(program));
  }

  /** An example without nacks, which ends after a refusal. */
  @Test
  void clientThatGivesUpFails() throws Exception {
    Requirement.programs("python3");
    String worker = REPOSITORY.resolve("contrib/worker.py").toString();
    String said =
        conformance(
            "client",
            "--json",
            "--socket",
            directory.resolve("c.socket").toString(),
            "--exec",
            "exec python3 " + worker + " --name conformance --broker $PPMQ_SOCKET");
    assertThat(said)
        .contains("\"step\":\"subscribe\",", "\"reason\":\"no SUBSCRIBE came within 15 s\"")
        .contains("\"reason\":\"the client has not subscribed\"", "it ended with status 1")
        .endsWith("status 1");
  }

  @Test
  void brokerPasses() throws Exception {
    Layout layout = new Layout().topic("t", "AckRetry: 1m").subscriberWithoutSocket("t");
    try (Site site = Site.started(Storage.MEMORY, layout)) {
      String socket = site.serverSocket().toString();
      assertPassed(conformance("broker", "--socket", socket, "-t", "t", "-s", "t"));
      assertThat(conformance("broker", "--socket", socket, "-t", "nowhere", "-s", "t"))
          .contains("failed   confirm", "there is no topic \"nowhere\"")
          .endsWith("status 1");
    }
  }

  @Test
  void aBrokerThatIsNotThereIsNotReachable() throws Exception {
    String socket = directory.resolve("none").toString();
    assertThat(conformance("broker", "--socket", socket, "-t", "t", "-s", "t"))
        .contains("there is no broker at ")
        .endsWith("status 69");
  }
}
