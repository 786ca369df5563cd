package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.ratis.LogBound.Closed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogBoundTest {
  private static final long HALF = LogBound.BYTES_MAX / 2;

  @TempDir Path directory;

  @Test
  void theOldestGoUntilTheRestFits() {
    Closed first = new Closed(0, 9, HALF);
    Closed second = new Closed(10, 19, HALF);
    Closed third = new Closed(20, 29, 1);
    assertThat(beyond(List.of())).isEqualTo(-1);
    assertThat(beyond(List.of(first, second))).isEqualTo(-1);
    assertThat(beyond(List.of(third, first, second))).isEqualTo(9);
    assertThat(beyond(List.of(new Closed(0, 0, 3 * HALF)))).isZero();
  }

  private static long beyond(List<Closed> files) {
    return LogBound.beyond(files, last -> false);
  }

  @Test
  void theRestBeginsBehindNoEntryThatAMemberMayEndWith() {
    List<Closed> files =
        List.of(new Closed(0, 9, HALF), new Closed(10, 19, HALF), new Closed(20, 29, 1));
    assertThat(LogBound.beyond(files, last -> last == 9)).as("a file more goes").isEqualTo(19);
    assertThat(LogBound.beyond(files, last -> true)).as("all stay").isEqualTo(-1);
    List<Closed> large =
        List.of(new Closed(0, 9, HALF), new Closed(10, 19, 2 * HALF), new Closed(20, 29, HALF));
    assertThat(LogBound.beyond(large, last -> last >= 19)).as("a file less goes").isEqualTo(9);
  }

  @Test
  void onlyFilesThatAreClosedCount() throws Exception {
    Path closed = Files.write(directory.resolve("log_3-17"), new byte[5]);
    assertThat(Closed.of(closed)).isEqualTo(new Closed(3, 17, 5));
    assertThat(Closed.of(Files.createFile(directory.resolve("log_inprogress_18")))).isNull();
    assertThat(Closed.of(directory.resolve("log_1-2"))).as("it is gone").isNull();
  }
}
