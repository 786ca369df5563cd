package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.JsonTree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The output of {@code ppmq stats} on terminals of different widths. */
class StatsTableTest {
  private static final int NO_TERMINAL = Integer.MAX_VALUE;

  private static String stats(String topic, String subscriber, String counts) {
    return "{\"version\":\"1\",\"uptimeSeconds\":1,\"diskBytes\":4096,\"topics\":[{\"topic\":\""
        + topic
        + "\",\"published\":123456,\"replaced\":12,\"dropped\":0,\"configured\":true,\"retained\":5,"
        + "\"retainedBytes\":5000,\"maxMessages\":100000,\"maxBytes\":67108864,\"rejected\":7,"
        + "\"evicted\":0,\"died\":3,\"subscribers\":[{\"subscriber\":\""
        + subscriber
        + "\",\"state\":\"unreachable\",\"attached\":true,\"backlog\":123456,\"inFlight\":50,"
        + "\"oldestAgeSeconds\":3600,\"delivered\":1234567,\"acknowledged\":1234567"
        + counts
        + "}]}]}";
  }

  private static String table(String stats, int columnsMax) throws IOException {
    return StatsTable.of(JsonTree.parse(stats.getBytes(UTF_8)), columnsMax);
  }

  @Test
  void usualTableFitsInEightyColumns() throws IOException {
    String table = table(stats("orders", "billing", ""), 80);

    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    assertThat(table).contains("  billing", "unreachable", "1h00m");
  }

  @Test
  void columnsInWhichThereIsNothingAreLeftOutAndOthersAreNot() throws IOException {
    assertThat(table(stats("orders", "billing", ",\"nacked\":0,\"expired\":0"), NO_TERMINAL))
        .contains("BACKLOG", "ACKED")
        .doesNotContain("NACKED", "EXPIRED", "DISK", "DEAD");
    assertThat(table(stats("orders", "billing", ",\"nacked\":1,\"died\":2"), NO_TERMINAL))
        .contains("NACKED", "DEAD")
        .doesNotContain("EXPIRED");
  }

  @Test
  void longNamesAreShortenedOnATerminalAloneAndNumbersNever() throws IOException {
    String stats = stats("a".repeat(60) + "-end", "b".repeat(60), "");

    assertThat(table(stats, NO_TERMINAL)).contains("a".repeat(60) + "-end", "b".repeat(60));
    for (int width : new int[] {80, 100}) {
      String table = table(stats, width);
      assertThat(table.lines())
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(width));
      assertThat(table).contains("…", "-end", "123456", "1234567");
    }
  }

  @Test
  void wideNamesLeaveTheColumnsAligned() throws IOException {
    String table = table(stats("orders", "\u6ce8\u6587", ""), NO_TERMINAL);
    String same = table(stats("orders", "mail", ""), NO_TERMINAL);

    assertThat(table).isEqualTo(same.replace("mail", "\u6ce8\u6587"));
  }

  @Test
  void whatIsToBeSaidOfATopicGoesOnBelowWhereTheLineIsTooShort() throws IOException {
    String counts = "published 123456, replaced 12, retained 5 of 100000";

    assertThat(table(stats("orders", "billing", ""), NO_TERMINAL))
        .contains(counts + " (4.9 KiB of 64.0 MiB), rejected 7, died 3\n");
    assertThat(table(stats("orders", "billing", ""), 80))
        .contains("replaced 12,\n" + " ".repeat(20) + "retained 5")
        .contains("rejected 7,\n" + " ".repeat(20) + "died 3\n");
  }
}
