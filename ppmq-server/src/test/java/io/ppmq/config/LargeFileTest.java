package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Files with many topics, whose items are packed while they are read. */
class LargeFileTest {
  private static final Path FILE = Path.of("ppmq.yaml");

  private static byte[] file(int topics, String last) {
    StringBuilder text =
        new StringBuilder("ServerSocket: /run/mq\nDataPath: mem\nx: &each {Dedupe: true}\n");
    text.append("Subscribers:\n");
    for (int i = 0; i < topics; i++) {
      text.append("  - {Name: s").append(i).append(", Socket: /run/s").append(i).append("}\n");
    }
    text.append("Topics:\n");
    for (int i = 0; i < topics; i++) {
      text.append("  - Name: \"topic é ").append(i).append("\"\n    <<: *each\n");
      text.append("    Subscribers: [s").append(i).append("]\n    AckRetry: 5m\n");
      text.append("    # ").append("a comment that makes the file longer ".repeat(3)).append("\n");
    }
    return text.append(last).toString().getBytes(UTF_8);
  }

  @Test
  void twentyThousandTopicsInMoreThanAMebibyteAreRead() throws Exception {
    byte[] bytes = file(20_000, "");
    assertThat(bytes.length).isGreaterThan(4 << 20);
    Config config = ConfigFile.parse(FILE, bytes).config();
    assertThat(config.topics()).hasSize(20_000);
    TopicConfig last = config.topics().get(19_999);
    assertThat(last.name()).isEqualTo("topic é 19999");
    assertThat(last.subscribers()).containsExactly("s19999");
    assertThat(last.dedupe()).isTrue();
  }

  @Test
  void whatIsWrongIsToldWithItsLineAndItsName() {
    assertThatThrownBy(
            () -> ConfigFile.parse(FILE, file(3, "  - {Name: \"topic é 1\", Subscribers: [no]}\n")))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageContaining("ppmq.yaml:24: Topics[3] \"topic é 1\": is defined twice")
        .hasMessageContaining("first in line 14")
        .hasMessageContaining("unknown subscriber \"no\"");
  }
}
