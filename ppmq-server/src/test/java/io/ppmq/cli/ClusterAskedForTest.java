package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A configuration with {@code Cluster} on a machine without the module. */
@Timeout(60)
final class ClusterAskedForTest {
  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Subscribers: []
      Topics:
        - Name: mails
          Subscribers: []
      Cluster:
        Name: mail
        Node: a
        Nodes: {a: 127.0.0.1:7654}
        Certificate: %1$s/ppmq.yaml
        Key: %1$s/ppmq.yaml
        CA: %1$s/ppmq.yaml
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"serve", "check"})
  void commandNamesThePackageThatIsMissing(String command) throws Exception {
    Path file = directory.resolve("ppmq.yaml");
    Files.writeString(file, CONFIG.formatted(directory));
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
            new PrintStream(err, true, UTF_8),
            Map.of());
    assertThat(Ppmq.run(terminal, command, "-c", file.toString())).isEqualTo(78);
    assertThat(err.toString(UTF_8))
        .contains("ppmq.yaml:8: Cluster needs the package ppmq-cluster, which is not installed");
    assertThat(directory.resolve("data")).doesNotExist();
  }
}
