package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Reads configurations from strings and test resources, under the name ppmq.yaml. */
final class Texts {
  static final Path FILE = Path.of("ppmq.yaml");

  /** Two good lines; a test adds its own from line 3 on. */
  static final String START = "ServerSocket: /run/ppmq.sock\nDataPath: mem\n";

  /** {@link #START} with a subscriber and a topic, whose keys a test adds from line 10 on. */
  static final String TOPIC =
      START
          + "Subscribers:\n- Name: a\n  Socket: /run/a.sock\n"
          + "Topics:\n# one\n- Name: ips\n  Subscribers: [a]\n";

  private Texts() {}

  static ConfigFile load(String text) throws InvalidConfig {
    return ConfigFile.parse(FILE, text.getBytes(UTF_8));
  }

  static List<String> errors(byte[] bytes) {
    InvalidConfig invalid =
        catchThrowableOfType(InvalidConfig.class, () -> ConfigFile.parse(FILE, bytes));
    assertThat(invalid).as("what is wrong with %s", new String(bytes, UTF_8)).isNotNull();
    return invalid.errors().stream().map(Problem::toString).toList();
  }

  static List<String> errors(String text) {
    return errors(text.getBytes(UTF_8));
  }

  static List<String> warnings(String text) throws InvalidConfig {
    return load(text).warnings().stream().map(Problem::toString).toList();
  }

  static TopicConfig topic(String keys) throws InvalidConfig {
    return load(TOPIC + keys).config().topics().get(0);
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Texts.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
