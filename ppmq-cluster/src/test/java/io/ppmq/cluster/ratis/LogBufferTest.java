package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The part of the log's buffer in memory, in a node with the options of the launcher. */
@Timeout(300)
final class LogBufferTest {
  private static final long BUFFER_KIB = Engine.ENTRY_BYTES_MAX >> 10;
  private static final long RESIDENT_KIB_MAX = 1024;
  private static final int LARGE = 8 << 20;

  @TempDir Path directory;

  private @Nullable String buffer;

  @Test
  void onlyWhatEntriesUseOfItIsInMemory() throws Exception {
    try (Processes nodes = new Processes(directory, List.of(), "a")) {
      nodes.start("a");
      assertThat(nodes.tell("a", "found")).isEqualTo("done");
      assertThat(nodes.leader()).isEqualTo("a");
      awaitSmall(nodes, "the buffer is let go of");

      assertThat(nodes.tell("a", "large " + LARGE)).isEqualTo("done");
      awaitSmall(nodes, "it is let go of after a large entry");

      nodes.kill("a");
      nodes.start("a");
      assertThat(nodes.leader()).isEqualTo("a");
      assertThat(nodes.tell("a", "marks").length()).as("of what was kept").isGreaterThan(LARGE);
    }
  }

  /** Writes repeatedly, since only a write checks the buffer. */
  private void awaitSmall(Processes nodes, String what) throws Exception {
    Node.await(
        what,
        () -> {
          assertThat(nodes.tell("a", "commit " + System.nanoTime())).isEqualTo("done");
          return residentKib(nodes.pid("a")) <= RESIDENT_KIB_MAX;
        });
  }

  /** The resident memory of the mapping that had about the size of the buffer at the first call. */
  private long residentKib(long pid) throws IOException {
    Map<String, Long> found = new TreeMap<>();
    String range = "";
    long sizeKib = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
      if (!Character.isUpperCase(line.charAt(0))) {
        range = line.substring(0, line.indexOf(' '));
      } else if (line.startsWith("Size:")) {
        sizeKib = kib(line);
      } else if (line.startsWith("Rss:") && sizeKib >= BUFFER_KIB && sizeKib < BUFFER_KIB + 1024) {
        found.put(range, kib(line));
      }
    }
    if (buffer == null) {
      assertThat(found).as("mappings of the size of the buffer").hasSize(1);
      buffer = found.keySet().iterator().next();
    }
    assertThat(found).containsKey(buffer);
    return found.get(buffer);
  }

  private static long kib(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
