package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commits survive the death of the process at any moment. */
@Timeout(300)
final class KillTest {
  private static final int KILLS = Integer.getInteger("kills", 5);

  @TempDir Path temporary;

  @Test
  void whatWasCommittedSurvivesKillingAtAnyMoment() throws IOException, InterruptedException {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("KillTest: -Dseed=" + seed);
    Random random = new Random(seed);
    Path directory = temporary.resolve("store");
    long committed = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      try (StoreProcess process = StoreProcess.start(directory)) {
        long target = committed + 1 + random.nextInt(kill % 2 == 0 ? 40 : 20_000);
        while (committed < target) {
          committed = commits(process.say());
        }
        committed = process.kill(committed);
      }
      committed = reopened(directory, committed);
    }
  }

  @Test
  void writeThatFailsIsDoneAgainByTheNextCommit() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(StoreProcess.PRLIMIT));
    Path directory = temporary.resolve("store");
    long committed = 0;
    int refusals = 0;
    try (StoreProcess process = StoreProcess.start(directory, "1500000")) {
      while (refusals < 3 || committed < 10_000) {
        String line = String.valueOf(process.say());
        if (line.startsWith("refused: ")) {
          assertThat(line).contains(directory.toString());
          refusals++;
        } else {
          assertThat(commits(line)).isEqualTo(committed + 1);
          committed++;
        }
      }
      committed = process.kill(committed);
    }
    reopened(directory, committed);
  }

  @Test
  void directoryOfAProcessThatLivesIsRefusedWithItsNumber() throws IOException {
    Path directory = temporary.resolve("store");
    try (StoreProcess process = StoreProcess.start(directory)) {
      assertThat(commits(process.say())).isEqualTo(1);
      assertThatThrownBy(() -> RocksStore.open(directory, 1, warning -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessage(
              "DataPath "
                  + directory
                  + " is held by process "
                  + process.pid()
                  + " (another ppMQ?)");
      assertThat(commits(process.say())).isEqualTo(2);
    }
  }

  private static long commits(@Nullable String line) {
    assertThat(line).isNotNull().matches("[0-9]+\\.");
    return Long.parseLong(String.valueOf(line).replace(".", ""));
  }

  private static long reopened(Path directory, long committed) {
    List<String> warnings = new ArrayList<>();
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      long found = WrittenStore.check(store);
      assertThat(found).isBetween(committed, committed + 1);
      assertThat(warnings).noneMatch(warning -> warning.contains("synced"));
      return found;
    }
  }
}
