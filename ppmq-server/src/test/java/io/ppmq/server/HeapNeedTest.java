package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapNeedTest {
  private static final long MIB = 1 << 20;

  @TempDir Path dir;

  @Test
  void configurationThatThereIsNoMemoryForIsRefused() throws Exception {
    assertThat(HeapNeed.complaint(config(1), config(5000), 24 * MIB))
        .isEqualTo(
            "5000 topics and 5000 subscribers take about 22 MiB of memory, more than this broker was"
                + " started with: restart it");
  }

  @Test
  void configurationThatThereIsMemoryForIsNot() throws Exception {
    assertThat(HeapNeed.complaint(config(1), config(5000), 64 * MIB)).isNull();
  }

  @Test
  void whoeverHasTooManyMayTakeSomeAway() throws Exception {
    assertThat(HeapNeed.complaint(config(5000), config(4999), 24 * MIB)).isNull();
  }

  /** Topics with a subscriber each. */
  private Config config(int topics) throws Exception {
    StringBuilder subscribers = new StringBuilder();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < topics; i++) {
      subscribers.append("- Name: s").append(i).append('\n');
      text.append("- {Name: t%d, Subscribers: [s%d]}\n".formatted(i, i));
    }
    Path file = dir.resolve("ppmq.yaml");
    Files.writeString(
        file,
        "ServerSocket: /run/s\nDataPath: mem\nSubscribers:\n" + subscribers + "Topics:\n" + text);
    return ConfigFile.load(file).config();
  }
}
