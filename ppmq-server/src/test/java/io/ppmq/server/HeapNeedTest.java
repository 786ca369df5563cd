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

  @Test
  void boundsThatTheHeapCannotHoldAreWarnedOf() throws Exception {
    assertThat(HeapNeed.warnings(config(1), 62 * MIB)).as("the defaults").isEmpty();
    Config large = config("MaxMessageBytes: 16MiB\nMaxValueBytes: 40MiB\n", 1);
    assertThat(HeapNeed.warnings(large, 62 * MIB))
        .containsExactly(
            "MaxMessageBytes is 16777216: it needs about 81 MiB of heap, and this broker has 62 MiB."
                + " Start it with PPMQ_JAVA_OPTS=-Xmx…m, or one message or value of that size may"
                + " end it",
            "MaxValueBytes is 41943040: it needs about 81 MiB of heap, and this broker has 62 MiB."
                + " Start it with PPMQ_JAVA_OPTS=-Xmx…m, or one message or value of that size may"
                + " end it");
    assertThat(HeapNeed.warnings(large, 100 * MIB)).isEmpty();
  }

  private Config config(int topics) throws Exception {
    return config("", topics);
  }

  /** Topics with a subscriber each. */
  private Config config(String top, int topics) throws Exception {
    StringBuilder subscribers = new StringBuilder();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < topics; i++) {
      subscribers.append("- Name: s").append(i).append('\n');
      text.append("- {Name: t%d, Subscribers: [s%d]}\n".formatted(i, i));
    }
    Path file = dir.resolve("ppmq.yaml");
    Files.writeString(
        file,
        top
            + "ServerSocket: /run/s\nDataPath: mem\nSubscribers:\n"
            + subscribers
            + "Topics:\n"
            + text);
    return ConfigFile.load(file).config();
  }
}
