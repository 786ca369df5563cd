package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.NodeStatus.Standing;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class NodeReportTest {
  private static final NodeReport REPORT =
      new NodeReport(
          "mail",
          "a",
          "disk",
          "group",
          1,
          "h:1",
          Standing.LEADER,
          2,
          "a",
          true,
          3,
          4,
          5,
          6,
          "c",
          "v",
          new Reached(7, 8),
          9,
          false);

  @Test
  void reportIsReadAsItWasWritten() {
    assertThat(NodeReport.of(REPORT.toBytes())).isEqualTo(REPORT);
  }

  @Test
  void aVersionBeforeThisSaysLessAndALaterOneSaysMore() {
    byte[] bytes = REPORT.toBytes();
    int form = bytes.length - 1 - Integer.BYTES;
    NodeReport withoutRoom = NodeReport.of(Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(withoutRoom.entryForm()).isEqualTo(REPORT.entryForm());
    assertThat(withoutRoom.room()).isTrue();
    NodeReport before = NodeReport.of(Arrays.copyOf(bytes, form));
    assertThat(before.kept()).isEqualTo(REPORT.kept());
    assertThat(before.entryForm()).isEqualTo(1);
    int first = form - 2 * Long.BYTES;
    assertThat(NodeReport.of(Arrays.copyOf(bytes, first)).kept()).isNull();
    assertThat(NodeReport.of(Arrays.copyOf(bytes, bytes.length + 3))).isEqualTo(REPORT);
  }
}
