package io.ppmq.cli.admin;

import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.TextWidth;
import io.ppmq.message.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The table of {@code ppmq top}: a sorted line for each subscriber of each topic, one of them
 * chosen. Of the terminal it knows only the size.
 */
final class TopTable {
  private static final String INVERSE = "\033[7m";
  private static final String PLAIN = "\033[0m";
  private static final String GAP = "  ";
  private static final String KEYS =
      "q quit  p freeze  P pause/resume the line  arrows choose  i invert";

  /** Lines above those of the table: the head, the message, the names of the columns. */
  private static final int HEAD_LINES = 3;

  /** A subscriber of a topic, and its rates. */
  private record Row(
      JsonTree topic, JsonTree queue, double published, double delivered, double acknowledged) {
    String name() {
      return topic.text("topic") + "\t" + queue.text("subscriber");
    }
  }

  /**
   * A column.
   *
   * @param key the key that sorts by the column
   * @param shown its content
   * @param value the number to sort by; null if the column has words
   */
  private record Column(
      String head, char key, Function<Row, String> shown, @Nullable ToDoubleFunction<Row> value) {}

  private static final List<Column> COLUMNS =
      List.of(
          words("TOPIC", 't', row -> row.topic.text("topic")),
          words("SUBSCRIBER", 's', row -> row.queue.text("subscriber")),
          words("STATE", 'w', TopTable::state),
          count("DEPTH", 'd', "backlog"),
          count("FLIGHT", 'f', "inFlight"),
          count("NACKED", 'n', "nacked"),
          new Column(
              "DELAYED",
              'y',
              row -> Long.toString(row.topic.count("delayed")),
              row -> row.topic.count("delayed")),
          new Column("OLDEST", 'o', TopTable::oldest, row -> seconds(row.queue)),
          rate("PUB/s", 'u', Row::published),
          rate("OUT/s", 'v', Row::delivered),
          rate("ACK/s", 'a', Row::acknowledged),
          count("REDELIV", 'r', "redelivered"),
          count("EXPIRED", 'e', "expired"),
          count("DEAD", 'x', "died"),
          new Column(
              "DISK",
              'b',
              row -> Format.about(row.queue.count("diskBytes")),
              row -> row.queue.count("diskBytes")));

  /**
   * The columns that a narrow screen leaves out, in this order; never the one that it is sorted by.
   */
  private static final String NARROW_KEYS = "nyeaurfvbxow";

  /** The columns of names. */
  private static final String NAME_KEYS = "ts";

  /** A column goes before a name is shortened to less than this. */
  private static final int NAME_WIDTH_MIN = 12;

  private final Map<String, JsonTree> before = new HashMap<>();
  private JsonTree stats;
  private double elapsedSeconds;
  private List<Row> rows = List.of();
  private Column sortedBy = COLUMNS.get(0);
  private boolean inverted;
  private String chosen = "";
  private String message = "";

  /** A table of the first figures, without rates. */
  TopTable(JsonTree stats) {
    this.stats = stats;
    show(stats);
  }

  private static Column words(String head, char key, Function<Row, String> shown) {
    return new Column(head, key, row -> Printable.of(shown.apply(row)), null);
  }

  private static Column count(String head, char key, String field) {
    return new Column(
        head, key, row -> Long.toString(row.queue.count(field)), row -> row.queue.count(field));
  }

  private static Column rate(String head, char key, ToDoubleFunction<Row> value) {
    return new Column(head, key, row -> rate(value.applyAsDouble(row)), value);
  }

  private static String rate(double perSecond) {
    return perSecond > 0 && perSecond < 10
        ? String.format(Locale.ROOT, "%.1f", perSecond)
        : Long.toString(Math.round(perSecond));
  }

  private static String state(Row row) {
    return row.queue.isTrue("paused") && row.queue.isTrue("attached")
        ? "paused"
        : row.queue.text("state");
  }

  private static double seconds(JsonTree queue) {
    BigDecimal age = queue.number("oldestAgeSeconds");
    return age == null ? -1 : age.doubleValue();
  }

  private static String oldest(Row row) {
    double age = seconds(row.queue);
    return age < 0 ? "-" : Format.age(Duration.ofMillis((long) (age * 1000)));
  }

  // ---- what is known --------------------------------------------------------------------------

  /** Takes the next figures; rates count from the figures before. */
  void show(JsonTree next) {
    elapsedSeconds = seconds(next, "uptimeSeconds") - seconds(stats, "uptimeSeconds");
    stats = next;
    List<Row> all = new ArrayList<>();
    for (JsonTree topic : next.list("topics")) {
      double published = perSecond(topic.text("topic"), topic, "published");
      for (JsonTree queue : topic.list("subscribers")) {
        String name = topic.text("topic") + "\t" + queue.text("subscriber");
        double delivered = perSecond(name, queue, "delivered");
        double acknowledged = perSecond(name, queue, "acknowledged");
        all.add(new Row(topic, queue, published, delivered, acknowledged));
        before.put(name, queue);
      }
      before.put(topic.text("topic"), topic);
    }
    rows = all;
    sort();
  }

  private static double seconds(JsonTree tree, String field) {
    BigDecimal seconds = tree.number(field);
    return seconds == null ? 0 : seconds.doubleValue();
  }

  private double perSecond(String name, JsonTree now, String field) {
    JsonTree then = before.get(name);
    if (then == null || elapsedSeconds <= 0) {
      return 0;
    }
    return Math.max(0, (now.count(field) - then.count(field)) / elapsedSeconds);
  }

  /** Shows a sentence until the next figures. */
  void say(String sentence) {
    message = sentence;
  }

  // ---- keys -----------------------------------------------------------------------------------

  /** Sorts by the column of this key, greatest first; false if no column has the key. */
  boolean sortBy(int key) {
    for (Column column : COLUMNS) {
      if (column.key == key) {
        sortedBy = column;
        sort();
        return true;
      }
    }
    return false;
  }

  void invert() {
    inverted = !inverted;
    sort();
  }

  private void sort() {
    Column column = sortedBy;
    ToDoubleFunction<Row> value = column.value;
    Comparator<Row> order =
        value == null ? Comparator.comparing(column.shown) : Comparator.comparingDouble(value);
    boolean greatestFirst = (value != null) != inverted;
    List<Row> sorted = new ArrayList<>(rows);
    sorted.sort((greatestFirst ? order.reversed() : order).thenComparing(Row::name));
    rows = sorted;
  }

  /** Moves the choice down by this many lines. */
  void move(int lines) {
    if (!rows.isEmpty()) {
      int index = Math.max(0, Math.min(rows.size() - 1, chosenIndex() + lines));
      chosen = rows.get(index).name();
    }
  }

  private int chosenIndex() {
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).name().equals(chosen)) {
        return i;
      }
    }
    return 0;
  }

  /** The topic of the chosen line; empty when there is none. */
  String chosenTopic() {
    return rows.isEmpty() ? "" : rows.get(chosenIndex()).topic.text("topic");
  }

  /** The subscriber of the chosen line; empty when there is none. */
  String chosenSubscriber() {
    return rows.isEmpty() ? "" : rows.get(chosenIndex()).queue.text("subscriber");
  }

  /** Whether the chosen line is paused. */
  boolean isChosenPaused() {
    return !rows.isEmpty() && rows.get(chosenIndex()).queue.isTrue("paused");
  }

  // ---- drawing --------------------------------------------------------------------------------

  /** The lines for a screen of this size. */
  List<String> draw(int height, int width, boolean frozen) {
    List<String> keys = keys(width);
    keys.subList(Math.max(1, Math.min(keys.size(), height / 4)), keys.size()).clear();
    int room = Math.max(1, height - HEAD_LINES - keys.size());
    int index = chosenIndex();
    int from = Math.max(0, Math.min(index - room / 2, rows.size() - room));
    Map<Column, Integer> columns = columnsWithin(width);
    List<String> lines = new ArrayList<>();
    lines.add(clip(head(width), width));
    lines.add(clip((frozen ? "frozen (p continues) " : "") + message, width));
    lines.add(INVERSE + TextWidth.padded(clip(line(columns, this::headOf), width), width) + PLAIN);
    for (int i = from; i < Math.min(rows.size(), from + room); i++) {
      Row row = rows.get(i);
      String text = clip(line(columns, column -> column.shown.apply(row)), width);
      lines.add(i == index ? INVERSE + TextWidth.padded(text, width) + PLAIN : text);
    }
    while (lines.size() < height - keys.size()) {
      lines.add("");
    }
    keys.forEach(line -> lines.add(clip(line, width)));
    return lines;
  }

  /** The parts of the head that fit; none is cut. */
  private String head(int width) {
    long queued = 0;
    long inFlight = 0;
    for (Row row : rows) {
      queued += row.queue.count("backlog");
      inFlight += row.queue.count("inFlight");
    }
    List<String> parts =
        new ArrayList<>(
            List.of(
                "ppMQ " + stats.text("version"),
                "up "
                    + Format.age(
                        Duration.ofMillis((long) (seconds(stats, "uptimeSeconds") * 1000))),
                Format.bytes(stats.count("diskBytes")) + " on disk",
                Format.count(stats.list("topics").size(), "topic"),
                Format.grouped(queued) + " queued",
                Format.grouped(inFlight) + " in flight"));
    while (parts.size() > 1 && String.join(", ", parts).length() > width) {
      parts.remove(0);
    }
    return String.join(", ", parts);
  }

  private String headOf(Column column) {
    return column.equals(sortedBy) ? "*" + column.head : column.head;
  }

  private static List<String> keys(int width) {
    List<String> lines = new ArrayList<>(List.of(KEYS, "sort by:"));
    for (Column column : COLUMNS) {
      String key = " " + column.key + "=" + column.head.toLowerCase(Locale.ROOT);
      int last = lines.size() - 1;
      if (lines.get(last).length() + key.length() > width) {
        lines.add(" ".repeat(8) + key);
      } else {
        lines.set(last, lines.get(last) + key);
      }
    }
    return lines;
  }

  /**
   * The columns that fit, and their widths. Names are shortened. Numbers are not: a column without
   * room for them is omitted.
   */
  private Map<Column, Integer> columnsWithin(int width) {
    Map<Column, Integer> columns = new LinkedHashMap<>();
    Map<Column, Integer> names = new LinkedHashMap<>();
    for (Column column : COLUMNS) {
      int natural = widthOf(column);
      if (NAME_KEYS.indexOf(column.key) >= 0) {
        names.put(column, natural);
        columns.put(column, Math.min(natural, NAME_WIDTH_MIN));
      } else {
        columns.put(column, natural);
      }
    }
    for (int i = 0; i < NARROW_KEYS.length() && line(columns, this::headOf).length() > width; i++) {
      char key = NARROW_KEYS.charAt(i);
      columns.keySet().removeIf(column -> column.key == key && !column.equals(sortedBy));
    }
    int room = width - line(columns, this::headOf).length();
    for (Map.Entry<Column, Integer> name : names.entrySet()) {
      room += columns.getOrDefault(name.getKey(), 0);
    }
    share(room, names, columns);
    return columns;
  }

  /**
   * Divides the room among the columns of names; those of long names get what short ones do not
   * need.
   */
  private static void share(int room, Map<Column, Integer> names, Map<Column, Integer> columns) {
    int left = room;
    int sharers = names.size();
    List<Map.Entry<Column, Integer>> shortestFirst = new ArrayList<>(names.entrySet());
    shortestFirst.sort(Map.Entry.comparingByValue());
    for (Map.Entry<Column, Integer> name : shortestFirst) {
      int own = Math.max(1, Math.min(name.getValue(), left / sharers));
      columns.put(name.getKey(), own);
      left -= own;
      sharers--;
    }
  }

  private int widthOf(Column column) {
    int width = column.head.length() + 1;
    for (Row row : rows) {
      width = Math.max(width, TextWidth.of(column.shown.apply(row)));
    }
    return width;
  }

  private static String line(Map<Column, Integer> columns, Function<Column, String> cellOf) {
    StringBuilder line = new StringBuilder();
    columns.forEach(
        (column, width) -> {
          String shown = cellOf.apply(column);
          line.append(line.length() == 0 ? "" : GAP);
          line.append(
              column.value == null
                  ? TextWidth.padded(TextWidth.shortened(shown, width), width)
                  : TextWidth.padLeft(shown, width));
        });
    return line.toString();
  }

  private static String clip(String text, int width) {
    return TextWidth.clipped(Printable.of(text), width);
  }
}
