package io.ppmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A bar chart of ppMQ and other brokers, in SVG, from the tables of docs/PERFORMANCE.md. The bars
 * begin at 0 and are linear. It omits ppMQ over plain sockets, and compares only clients for users.
 */
final class Picture {
  private static final String OURS = "ppMQ";
  private static final String BARE = "ppMQ, bare sockets";
  private static final int WIDTH = 660;
  private static final int BAR_LEFT = 160;
  private static final int BAR_WIDTH_MAX = 270;
  private static final int ROW_HEIGHT = 26;
  private static final int LINE_HEIGHT = 18;
  private static final String STYLE =
      """
      <style>
        text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
        .title { font-weight: 600; font-size: 15px }
        .note { font-size: 12px; fill: #57606a }
        .back { fill: #ffffff }
        .bar { fill: #8c959f }
        .ours { fill: #0969da }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 }
          .note { fill: #9198a1 }
          .back { fill: #0d1117 }
          .bar { fill: #656c76 }
          .ours { fill: #4493f8 }
        }
      </style>
      """;

  private final StringBuilder marks = new StringBuilder();
  private int y = 26;

  private Picture() {}

  /** A row of a table: the broker, its messages per second and its processor time per message. */
  private record Bar(String broker, double perSecond, String cpuMicros) {}

  /**
   * The picture.
   *
   * @param document the text of docs/PERFORMANCE.md
   */
  static String of(String document) {
    List<String> lines = document.lines().toList();
    List<String> compared =
        lines.subList(
            lines.indexOf("<!-- compare: begin -->") + 1, lines.indexOf("<!-- compare: end -->"));
    Picture picture = new Picture();
    tables(compared).forEach(picture::panel);
    String run = compared.stream().filter(line -> !line.isBlank()).findFirst().orElseThrow();
    picture.note(
        "One producer, one subscriber, 100-byte messages, values and batches of 50. Every message is");
    picture.note(
        "stored, confirmed, delivered and acknowledged. Each broker is driven by a Java client, ppMQ over");
    picture.note(
        "unix sockets, the others over TCP on loopback. The time is of the broker, for each message.");
    for (String part : run.replace("(R)", "").split(", on ", 2)) {
      picture.note(part);
    }
    return picture.svg();
  }

  /** The tables of messages per second, by the class of durability above each. */
  private static Map<String, List<Bar>> tables(List<String> lines) {
    Map<String, List<Bar>> tables = new LinkedHashMap<>();
    List<Bar> table = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("**synced")) {
        table = new ArrayList<>();
        tables.put(line.replace("**", ""), table);
      } else if (line.startsWith("**")) {
        table = new ArrayList<>(); // a table of the memory follows
      } else if (line.startsWith("| ") && !line.startsWith("| broker ")) {
        String[] cells = line.substring(2).split(" \\| ", -1);
        if (!cells[0].equals(BARE)) {
          table.add(new Bar(cells[0], Double.parseDouble(cells[1].replace(",", "")), cells[3]));
        }
      }
    }
    return tables;
  }

  private void panel(String durability, List<Bar> bars) {
    text(20, "title", "Messages per second, " + durability);
    y += 10;
    double most = bars.stream().mapToDouble(Bar::perSecond).max().orElse(1);
    for (Bar bar : bars) {
      int width = (int) Math.max(1, Math.round(bar.perSecond() / most * BAR_WIDTH_MAX));
      marks.append(
          "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" rx=\"2\"/>\n"
              .formatted(bar.broker().equals(OURS) ? "bar ours" : "bar", BAR_LEFT, y, width));
      marks.append(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
              .formatted(BAR_LEFT - 8, y + 14, escaped(bar.broker())));
      marks.append(
          "<text x=\"%d\" y=\"%d\">%s <tspan class=\"note\">%s µs of broker CPU</tspan></text>\n"
              .formatted(
                  BAR_LEFT + width + 8,
                  y + 14,
                  String.format(Locale.ROOT, "%,.0f", bar.perSecond()),
                  escaped(bar.cpuMicros())));
      y += ROW_HEIGHT;
    }
    y += 28;
  }

  private void note(String words) {
    text(20, "note", words);
    y += LINE_HEIGHT;
  }

  private void text(int x, String style, String words) {
    marks.append(
        "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(style, x, y, escaped(words)));
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;");
  }

  private String svg() {
    String head =
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
        <title>Messages per second: ppMQ beside other brokers</title>
        """;
    return head.formatted(WIDTH, y)
        + STYLE
        + "<rect class=\"back\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n".formatted(WIDTH, y)
        + marks
        + "</svg>\n";
  }
}
