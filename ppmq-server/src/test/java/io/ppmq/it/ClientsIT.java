package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The clients in other languages pass their own tests, which start brokers of this build. */
@Execution(ExecutionMode.CONCURRENT) // the programs wait most of the time
class ClientsIT {
  private static final Path HOME = Path.of(System.getProperty("ppmq.home"));
  private static final Path SCRIPT = Path.of("../clients/test").toAbsolutePath().normalize();

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"python, python3", "node, node", "go, go"})
  void clientPassesItsTests(String client, String program) throws Exception {
    Requirement.programs(program);
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString(), client)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("PPMQ", HOME.resolve("bin/ppmq").toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process tests = builder.start();
    boolean ended;
    try {
      ended = tests.waitFor(4, TimeUnit.MINUTES);
    } finally {
      tests.descendants().forEach(ProcessHandle::destroyForcibly);
      tests.destroyForcibly();
    }
    String said = Files.readString(output, UTF_8);
    assertThat(ended).as("the tests ended; they said: " + said).isTrue();
    assumeFalse(said.contains(": skipped, needs "), said.replaceAll("(?s).*skipped, ", "").strip());
    assertThat(tests.exitValue()).as(said).isZero();
  }
}
