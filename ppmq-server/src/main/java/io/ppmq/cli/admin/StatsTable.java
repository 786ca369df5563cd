package io.ppmq.cli.admin;

import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.TextWidth;
import io.ppmq.message.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The answer of {@code GET /stats} as a table. It omits a column that is empty for all subscribers,
 * and shortens names if a line would be wider than the terminal.
 */
final class StatsTable {
  private static final String GAP = "  ";

  /** A name is shortened to no less than this. */
  private static final int NAME_WIDTH_MIN = 12;

  /**
   * The content of a column about a subscriber of a topic.
   *
   * @param nothing the text for no value; a column with nothing else is omitted, unless this is
   *     empty
   */
  private record Column(String head, String nothing, Function<JsonTree, String> shown) {}

  private static final List<Column> COLUMNS =
      List.of(
          count("BACKLOG", "backlog"),
          new Column("DISK", "-", queue -> Format.about(queue.count("diskBytes"))),
          new Column("OLDEST", "", queue -> age(queue.number("oldestAgeSeconds"))),
          count("IN FLIGHT", "inFlight"),
          countIfAny("NACKED", "nacked"),
          count("DELIVERED", "delivered"),
          count("ACKED", "acknowledged"),
          countIfAny("REDELIVERED", "redelivered"),
          countIfAny("EXPIRED", "expired"),
          countIfAny("DEAD", "died"));

  private final JsonTree stats;
  private final List<Column> columns;

  private StatsTable(JsonTree stats) {
    this.stats = stats;
    this.columns =
        COLUMNS.stream()
            .filter(column -> queues(stats).anyMatch(queue -> isShown(column, queue)))
            .toList();
  }

  private static Column count(String head, String field) {
    return new Column(head, "", queue -> Long.toString(queue.count(field)));
  }

  private static Column countIfAny(String head, String field) {
    return new Column(head, "0", queue -> Long.toString(queue.count(field)));
  }

  private static boolean isShown(Column column, JsonTree queue) {
    return !column.shown.apply(queue).equals(column.nothing);
  }

  private static Stream<JsonTree> queues(JsonTree stats) {
    return stats.list("topics").stream().flatMap(topic -> topic.list("subscribers").stream());
  }

  /**
   * Every line ends with a line feed.
   *
   * @param columnsMax the width of the terminal
   */
  static String of(JsonTree stats, int columnsMax) {
    return new StatsTable(stats).text(columnsMax);
  }

  private String text(int columnsMax) {
    List<List<String>> rows = new ArrayList<>();
    List<String> heads = new ArrayList<>(List.of("TOPIC / SUBSCRIBER", "STATE"));
    columns.forEach(column -> heads.add(column.head));
    rows.add(heads);
    for (JsonTree topic : stats.list("topics")) {
      rows.add(List.of(Printable.of(topic.text("topic")), state(topic) + totals(topic)));
      topic.list("subscribers").forEach(queue -> rows.add(row(queue)));
    }
    int[] widths = widths(rows, heads.size());
    int tooMuch = Arrays.stream(widths).sum() + GAP.length() * (heads.size() - 1) - columnsMax;
    widths[0] = Math.max(Math.min(NAME_WIDTH_MIN, widths[0]), widths[0] - Math.max(0, tooMuch));
    StringBuilder table = new StringBuilder(head(stats)).append("\n\n");
    for (List<String> row : rows) {
      line(row, widths, columnsMax, table);
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
        + some("replaced ", topic.count("replaced"))
        + some("dropped ", topic.count("dropped"))
        + some("priority out of range ", topic.count("clamped"))
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

  private static String some(String what, long count) {
    return count == 0 ? "" : ", " + what + count;
  }

  private List<String> row(JsonTree queue) {
    List<String> row = new ArrayList<>();
    row.add(GAP + Printable.of(queue.text("subscriber")));
    row.add(queue.isTrue("paused") && queue.isTrue("attached") ? "paused" : queue.text("state"));
    columns.forEach(column -> row.add(column.shown.apply(queue)));
    return row;
  }

  private static String age(@Nullable BigDecimal seconds) {
    return seconds == null
        ? "-"
        : Format.age(Duration.ofMillis(seconds.movePointRight(3).longValue()));
  }

  /** A topic's own row has a sentence in place of columns, so it widens only the first column. */
  private static int[] widths(List<List<String>> rows, int count) {
    int[] widths = new int[count];
    for (List<String> row : rows) {
      int columns = row.size() == count ? count : 1;
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], TextWidth.of(row.get(i)));
      }
    }
    return widths;
  }

  private static void line(List<String> row, int[] widths, int columnsMax, StringBuilder table) {
    String name = TextWidth.shortened(row.get(0), widths[0]);
    StringBuilder line = new StringBuilder(TextWidth.padded(name, widths[0]));
    if (row.size() < widths.length) {
      wrapped(row.get(1), widths[0], columnsMax, line);
    } else {
      for (int i = 1; i < row.size(); i++) {
        String cell = row.get(i);
        line.append(GAP);
        line.append(
            i == 1 ? TextWidth.padded(cell, widths[i]) : TextWidth.padLeft(cell, widths[i]));
      }
    }
    table.append(line.toString().stripTrailing()).append('\n');
  }

  /** Appends a sentence, and breaks it between its parts if the line would be too long. */
  private static void wrapped(String sentence, int indent, int columnsMax, StringBuilder line) {
    int at = indent;
    String gap = GAP;
    for (String part : sentence.split("(?<=[,;]) ", -1)) {
      if (at > indent && at + gap.length() + part.length() > columnsMax) {
        at = indent;
        line.append('\n').append(" ".repeat(indent));
        gap = GAP;
      }
      line.append(gap).append(part);
      at += gap.length() + part.length();
      gap = " ";
    }
  }
}
