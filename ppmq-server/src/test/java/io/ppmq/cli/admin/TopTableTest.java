package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.JsonTree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The screen of {@code ppmq top} at different widths. */
class TopTableTest {
  private static final byte[] STATS =
      ("{\"version\":\"1\",\"uptimeSeconds\":1,\"diskBytes\":4096,\"topics\":[{\"topic\":\"orders\","
              + "\"published\":9,\"subscribers\":[{\"subscriber\":\"billing\",\"state\":\"connected\","
              + "\"attached\":true,\"paused\":false,\"backlog\":123456,\"inFlight\":50,"
              + "\"oldestAgeSeconds\":3600,\"delivered\":9,\"acknowledged\":9,\"redelivered\":77,"
              + "\"expired\":66,\"died\":5555,\"diskBytes\":1048576}]}]}")
          .getBytes(UTF_8);

  private static String heads(TopTable table, int width) {
    return table.draw(24, width, false).get(2);
  }

  @Test
  void wideScreenShowsAllColumns() throws IOException {
    String heads = heads(new TopTable(JsonTree.parse(STATS)), 200);

    assertThat(heads).contains("DEPTH", "PUB/s", "ACK/s", "REDELIV", "EXPIRED", "DEAD", "DISK");
  }

  @Test
  void narrowScreenGoesWithoutWhatMattersLeast() throws IOException {
    TopTable table = new TopTable(JsonTree.parse(STATS));
    String screen = String.join("\n", table.draw(24, 80, false));

    assertThat(heads(table, 80))
        .contains("TOPIC", "SUBSCRIBER", "STATE", "DEPTH", "OLDEST", "DEAD", "DISK")
        .doesNotContain("EXPIRED");
    assertThat(screen).contains("123456", "5555", "1.0 MiB");
  }

  @Test
  void allKeysAreThereOnNarrowScreensOfAnyHeight() throws IOException {
    TopTable table = new TopTable(JsonTree.parse(STATS));

    assertThat(table.draw(24, 80, false))
        .hasSize(24)
        .allSatisfy(line -> assertThat(line.replaceAll("\033\\[\\d+m", "")).hasSizeLessThan(81));
    assertThat(String.join("\n", table.draw(24, 80, false)))
        .contains("q quit", "i invert", "t=topic", "d=depth", "x=dead", "r=redeliv");
    assertThat(table.draw(5, 80, false)).hasSize(5).last().asString().contains("q quit");
  }

  @Test
  void columnThatItIsSortedByStays() throws IOException {
    TopTable table = new TopTable(JsonTree.parse(STATS));
    table.sortBy('e');

    assertThat(heads(table, 80)).contains("*EXPIRED");
  }

  @Test
  void longNamesAreShortenedAndNumbersAreNot() throws IOException {
    String topic = "a".repeat(100) + "-end";
    String stats =
        new String(STATS, UTF_8).replace("orders", topic).replace("billing", "b".repeat(60));
    TopTable table = new TopTable(JsonTree.parse(stats.getBytes(UTF_8)));

    for (int width : new int[] {60, 80, 120}) {
      assertThat(table.draw(24, width, false).get(3))
          .contains("aaa", "…", "-end", "bbb", " 123456")
          .doesNotContain("a".repeat(90));
      assertThat(heads(table, width)).contains("TOPIC", "SUBSCRIBER", "DEPTH");
    }
    assertThat(table.draw(24, 120, false).get(3))
        .contains("connected", " 123456  ", " 50 ", "1h00m", "  77 ", " 5555  ", "~1.0 MiB");
  }

  @Test
  void wideNamesLeaveTheColumnsAligned() throws IOException {
    String stats = new String(STATS, UTF_8).replace("billing", "\u6ce8\u6587");
    TopTable table = new TopTable(JsonTree.parse(stats.getBytes(UTF_8)));
    TopTable same =
        new TopTable(JsonTree.parse(stats.replace("\u6ce8\u6587", "mail").getBytes(UTF_8)));

    assertThat(table.draw(24, 120, false).get(3))
        .isEqualTo(same.draw(24, 120, false).get(3).replace("mail", "\u6ce8\u6587"));
  }

  @Test
  void headOfNarrowScreenEndsWithAWholeNumber() throws IOException {
    TopTable table = new TopTable(JsonTree.parse(STATS));

    assertThat(table.draw(24, 40, false).get(0)).endsWith("123,456 queued, 50 in flight");
  }
}
