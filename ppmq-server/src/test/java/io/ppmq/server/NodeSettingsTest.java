package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeSettingsTest {
  private static final String FILE =
      """
      ServerSocket: /run/a.socket
      DataPath: /var/a
      Subscribers:
      - {Name: mailer, Socket: /run/mailer-a.socket, BatchSize: 5}
      Topics:
      - {Name: mails, Subscribers: [mailer]}
      """;

  @TempDir Path dir;

  @Test
  void configurationsThatDifferInPathsOfTheMachineAgree() throws Exception {
    String other =
        FILE.replace("/run/a.", "/run/b.")
            .replace("/var/a", "/var/b")
            .replace("/run/mailer-a.", "/run/mailer-b.");
    assertThat(digest(other)).isEqualTo(digest(FILE));
  }

  @Test
  void configurationsThatServeSomethingElseDiffer() throws Exception {
    String own = digest(FILE);
    assertThat(digest(FILE.replace("BatchSize: 5", "BatchSize: 6"))).isNotEqualTo(own);
    assertThat(digest(FILE.replace("[mailer]", "[]"))).isNotEqualTo(own);
    assertThat(digest(FILE.replace("Socket: /run/mailer-a.socket, ", ""))).isNotEqualTo(own);
  }

  private String digest(String text) throws Exception {
    Path file = dir.resolve("ppmq.yaml");
    Files.writeString(file, text);
    return NodeSettings.digest(ConfigFile.load(file).config());
  }
}
