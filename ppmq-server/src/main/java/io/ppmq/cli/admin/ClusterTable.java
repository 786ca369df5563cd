package io.ppmq.cli.admin;

import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.TextWidth;
import io.ppmq.message.Printable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of a cluster as a table. */
final class ClusterTable {
  private static final List<String> HEADS =
      List.of("NODE", "ADDRESS", "STANDING", "LAG", "FREE", "CLOCK", "VERSION", "NOTE");

  private static final String GAP = "  ";
  private static final String NOTHING = "-";

  private ClusterTable() {}

  /** Every line ends with a line feed. */
  static String of(JsonTree status) {
    StringBuilder text = new StringBuilder();
    text.append("cluster ").append(status.text("cluster")).append(", node ");
    text.append(status.text("node")).append(": ");
    String leader = known(status, "leader");
    text.append(leader == null ? "no leader" : "leader " + leader);
    text.append(", term ").append(status.text("term")).append('\n');
    String fault = known(status, "fault");
    if (fault != null) {
      text.append("fault: ").append(fault).append('\n');
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADS);
    status.list("nodes").forEach(node -> rows.add(row(node)));
    for (List<String> row : rows) {
      text.append(Printable.of(line(row, rows))).append('\n');
    }
    return text.toString();
  }

  private static List<String> row(JsonTree node) {
    BigDecimal lag = node.number("lag");
    BigDecimal free = node.number("freeBytes");
    BigDecimal skew = node.number("clockSkewMillis");
    String version = known(node, "version");
    return List.of(
        node.text("node"),
        node.text("address"),
        node.text("standing"),
        lag == null ? NOTHING : Format.grouped(lag.longValue()),
        free == null ? NOTHING : Format.bytes(free.longValue()),
        skew == null ? NOTHING : (skew.signum() > 0 ? "+" : "") + skew + " ms",
        version == null ? NOTHING : version,
        note(node));
  }

  private static String note(JsonTree node) {
    if (!node.isTrue("up")) {
      return "not heard";
    }
    return node.isTrue("configDiffers") ? "its topics or subscribers differ from the leader's" : "";
  }

  private static String line(List<String> row, List<List<String>> rows) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      int column = i;
      int width = rows.stream().mapToInt(each -> TextWidth.of(each.get(column))).max().orElse(0);
      line.append(i == 0 ? "" : GAP).append(TextWidth.padded(row.get(i), width));
    }
    return line.toString().stripTrailing();
  }

  /** The text of a field; null if the field is null. */
  private static @Nullable String known(JsonTree tree, String field) {
    String text = tree.text(field);
    return text.isEmpty() || text.equals("null") ? null : text;
  }
}
