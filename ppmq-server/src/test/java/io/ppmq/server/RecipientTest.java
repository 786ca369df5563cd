package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker opens to the sockets of subscribers. */
class RecipientTest {
  @Test
  void eachConnectionToASocketIsCountedAndNoSubscriberWithoutOne(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("ppmq.yaml");
    Files.writeString(
        file,
        """
        ServerSocket: s
        DataPath: mem
        Subscribers:
          - {Name: subscribes}
          - {Name: listens, Socket: a}
          - {Name: listens twice, Socket: b, Connections: 5}
        Topics: [{Name: t, Subscribers: [subscribes, listens, listens twice]}]
        """);

    assertThat(Recipient.connectionsMax(ConfigFile.load(file).config())).isEqualTo(6);
  }
}
