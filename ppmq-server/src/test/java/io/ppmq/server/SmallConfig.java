package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** The configuration of a broker in memory with the subscriber a, which has no socket. */
final class SmallConfig {
  private SmallConfig() {}

  /**
   * Writes the file and reads it.
   *
   * @param directory of the file and of the broker's socket, s
   * @param topics as items of a list in YAML
   */
  static Config of(Path directory, String topics) throws Exception {
    Path file = directory.resolve("ppmq.yaml");
    String text =
        """
        ServerSocket: s
        DataPath: mem
        Subscribers: [{Name: a}]
        Topics: [%s]
        """;
    Files.writeString(file, text.formatted(topics), UTF_8);
    return ConfigFile.load(file).config();
  }
}
