package io.ppmq.cli.admin;

import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.message.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code GET /stats} answers, for people. */
final class StatsTable {
  private static final List<String> HEADS =
      List.of(
          "TOPIC / SUBSCRIBER",
          "STATE",
          "BACKLOG",
          "DISK",
          "OLDEST",
          "IN FLIGHT",
          "NACKED",
          "DELIVERED",
          "ACKNOWLEDGED",
          "REDELIVERED",
          "EXPIRED");

  /** How many columns, from the left, hold words. */
  private static final int WORDS = 2;

  private static final String GAP = "  ";

  private StatsTable() {}

  /** Every line ends with a line feed. */
  static String of(JsonTree stats) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADS);
    for (JsonTree topic : stats.list("topics")) {
      rows.add(List.of(topic.text("topic"), state(topic) + totals(topic)));
      topic.list("subscribers").forEach(queue -> rows.add(row(queue)));
    }
    StringBuilder table = new StringBuilder(head(stats)).append("\n\n");
    int[] widths = widths(rows);
    for (List<String> row : rows) {
      table.append(Printable.of(line(row, widths))).append('\n');
    }
    return table.toString();
  }

  private static String head(JsonTree stats) {
    return "ppMQ "
        + stats.text("version")
        + ", up "
        + age(stats.number("uptimeSeconds"))
        + ", "
        + (stats.number("diskBytes") == null
            ? "DataPath cannot be read"
            : Format.bytes(stats.count("diskBytes")) + " on disk");
  }

  private static String state(JsonTree topic) {
    String gone = topic.isTrue("configured") ? "" : "not configured, kept until purged; ";
    return topic.isTrue("paused") ? "paused; " + gone : gone;
  }

  private static String totals(JsonTree topic) {
    String nobody = topic.list("subscribers").isEmpty() ? ", no subscribers" : "";
    return "published "
        + topic.count("published")
        + ", replaced "
        + topic.count("replaced")
        + ", dropped "
        + topic.count("dropped")
        + clamped(topic.count("clamped"))
        + delays(topic)
        + limits(topic)
        + nobody;
  }

  private static String limits(JsonTree topic) {
    StringBuilder limits = new StringBuilder();
    if (topic.number("retained") != null) {
      limits.append(", retained ").append(topic.count("retained"));
      bound(limits, topic.count("maxMessages"), Long.toString(topic.count("maxMessages")));
      limits.append(" (").append(Format.bytes(topic.count("retainedBytes")));
      bound(limits, topic.count("maxBytes"), Format.bytes(topic.count("maxBytes")));
      limits.append(')');
    }
    for (String count : List.of("rejected", "evicted", "died")) {
      if (topic.count(count) > 0) {
        limits.append(", ").append(count).append(' ').append(topic.count(count));
      }
    }
    return limits.toString();
  }

  private static void bound(StringBuilder limits, long max, String shown) {
    limits.append(max == 0 ? "" : " of " + shown);
  }

  private static String delays(JsonTree topic) {
    long delayed = topic.count("delayed");
    long expired = topic.count("delayedExpired");
    return (delayed == 0 ? "" : ", delayed " + delayed + ", next due " + topic.text("nextDue"))
        + (expired == 0 ? "" : ", expired before due " + expired);
  }

  private static String clamped(long count) {
    return count == 0 ? "" : ", priority out of range " + count;
  }

  private static List<String> row(JsonTree queue) {
    return List.of(
        GAP + queue.text("subscriber"),
        queue.isTrue("paused") && queue.isTrue("attached") ? "paused" : queue.text("state"),
        Long.toString(queue.count("backlog")),
        Format.about(queue.count("diskBytes")),
        age(queue.number("oldestAgeSeconds")),
        Long.toString(queue.count("inFlight")),
        Long.toString(queue.count("nacked")),
        Long.toString(queue.count("delivered")),
        Long.toString(queue.count("acknowledged")),
        Long.toString(queue.count("redelivered")),
        Long.toString(queue.count("expired")));
  }

  private static String age(@Nullable BigDecimal seconds) {
    return seconds == null
        ? "-"
        : Format.age(Duration.ofMillis(seconds.movePointRight(3).longValue()));
  }

  /**
   * A topic's own row, which has a sentence in place of columns, makes none wider but the first.
   */
  private static int[] widths(List<List<String>> rows) {
    int[] widths = new int[HEADS.size()];
    for (List<String> row : rows) {
      int columns = row.size() == HEADS.size() ? row.size() : 1;
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String cell = row.get(i);
      String space = " ".repeat(Math.max(0, widths[i] - cell.length()));
      line.append(i == 0 ? "" : GAP).append(i < WORDS ? cell + space : space + cell);
    }
    return line.toString().stripTrailing();
  }
}
