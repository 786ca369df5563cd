package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shares of connections in the open files. */
class OpenFilesTest {
  @TempDir Path directory;

  private OpenFiles.Shares shares(int left, String... subscribers) throws Exception {
    return new OpenFiles(1024, left).shares(config(subscribers));
  }

  private Config config(String... subscribers) throws Exception {
    Path file = directory.resolve("ppmq.yaml");
    Files.writeString(
        file,
        "ServerSocket: s\nDataPath: mem\nTopics: [{Name: t}]\nSubscribers:\n  - {Name: subscribes}\n"
            + String.join("\n", subscribers)
            + "\n");
    return ConfigFile.load(file).config();
  }

  private static String listens(String name, int connections) {
    return "  - {Name: %s, Socket: %s, Connections: %d}".formatted(name, name, connections);
  }

  @Test
  void eachConnectionToASocketIsCountedAndNoSubscriberWithoutOne() throws Exception {
    assertThat(shares(500, listens("a", 1), listens("b", 5)))
        .isEqualTo(new OpenFiles.Shares(494, 6, 1000));
  }

  @Test
  void subscribersWithManyConnectionsGiveUpTheMost() throws Exception {
    assertThat(shares(500, listens("a", 1000), listens("b", 1000), listens("c", 10)))
        .isEqualTo(new OpenFiles.Shares(100, 400, 195));
  }

  @Test
  void halfOfLittleIsForConnectionsToTheBrokersSocket() throws Exception {
    assertThat(shares(100, listens("a", 1000))).isEqualTo(new OpenFiles.Shares(50, 50, 50));
  }

  @Test
  void subscribersThatAreTooManyLeaveHalfToo() throws Exception {
    String[] subscribers =
        IntStream.range(0, 15).mapToObj(i -> listens("s" + i, 1)).toArray(String[]::new);
    assertThat(shares(20, subscribers)).isEqualTo(new OpenFiles.Shares(10, 10, 1));
    assertThat(shares(30, subscribers)).isEqualTo(new OpenFiles.Shares(15, 15, 1000));
  }

  @Test
  void aFewConnectionsAreLeftWhereNothingIs() throws Exception {
    assertThat(shares(-5, listens("a", 1000), listens("b", 1)))
        .isEqualTo(new OpenFiles.Shares(8, 1, 1));
  }
}
