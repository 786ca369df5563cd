package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.NodeStatus.Standing;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskMemoryTest {
  private static long boots = 1;

  @TempDir Path directory;

  /** A report of a new process each time. */
  private static NodeReport report(long term, long kept, long committed) {
    return report(boots++, term, kept, committed);
  }

  private static NodeReport report(long boot, long term, long kept, long committed) {
    return new NodeReport(
        "test",
        "b",
        "disk",
        "group",
        boot,
        "",
        Standing.FOLLOWER,
        term,
        "",
        false,
        committed,
        -1,
        0,
        0,
        "",
        "",
        new Reached(term, kept),
        1,
        true);
  }

  @Test
  void aDiskIsNeverBehindWhatItHadCommitted() throws Exception {
    DiskMemory memory = new DiskMemory(directory);
    memory.heard(report(2, 10, 8));
    assertThatCode(() -> memory.heard(report(2, 8, -1)))
        .as("another leader replaced what was not committed")
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> memory.heard(report(2, 7, -1)))
        .isInstanceOf(OlderDiskException.class)
        .hasMessageContaining("it had entry 8 in term 2, and has entry 7 in term 2")
        .hasMessageContaining("ppmq cluster replace b");
  }

  @Test
  void whatOneProcessSaidEarlierMayBeHeardLater() throws Exception {
    DiskMemory memory = new DiskMemory(directory);
    memory.heard(report(7, 2, 10, 10));
    assertThatCode(() -> memory.heard(report(7, 2, 9, 9))).doesNotThrowAnyException();
    assertThatCode(() -> memory.heard(report(7, 1, 9, 9))).doesNotThrowAnyException();
    assertThatThrownBy(() -> memory.heard(report(8, 2, 9, 9)))
        .as("it is remembered all the same")
        .isInstanceOf(OlderDiskException.class);
  }

  @Test
  void aVoteThatWasForgottenIsFoundByItsTerm() throws Exception {
    DiskMemory memory = new DiskMemory(directory);
    memory.heard(report(3, 10, 10));
    assertThatThrownBy(() -> memory.heard(report(2, 10, 10)))
        .isInstanceOf(OlderDiskException.class);
  }

  @Test
  void whatIsKeptIsKnownToTheNextProcessAndOnlyOfMembers() throws Exception {
    DiskMemory memory = new DiskMemory(directory);
    memory.heard(report(3, 10, 10));
    memory.keep(List.of("b.disk"));
    DiskMemory next = new DiskMemory(directory);
    assertThatThrownBy(() -> next.heard(report(3, 9, 9))).isInstanceOf(OlderDiskException.class);
    next.keep(List.of());
    assertThatCode(() -> new DiskMemory(directory).heard(report(1, 1, 1)))
        .doesNotThrowAnyException();
  }
}
