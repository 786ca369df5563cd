package io.ppmq.bench;

import java.util.Locale;

/** Tables of Markdown, and the numbers in them. */
final class Rows {
  private static final double MEBI = 1 << 20;

  private final StringBuilder text = new StringBuilder();

  /** Begins a table; all columns except the first have numbers. */
  Rows header(String... columns) {
    row(columns);
    text.append('|');
    for (int i = 0; i < columns.length; i++) {
      text.append(i == 0 ? "---|" : "--:|");
    }
    text.append('\n');
    return this;
  }

  Rows row(String... columns) {
    text.append("| ").append(String.join(" | ", columns)).append(" |\n");
    return this;
  }

  Rows paragraph(String words) {
    text.append(words).append("\n\n");
    return this;
  }

  Rows line(String words) {
    text.append(words).append('\n');
    return this;
  }

  Rows gap() {
    text.append('\n');
    return this;
  }

  String text() {
    return text.toString();
  }

  /** A count, with separators of thousands. */
  static String whole(double number) {
    return Double.isNaN(number) ? "–" : String.format(Locale.ROOT, "%,.0f", number);
  }

  /** A number with three significant digits. */
  static String number(double number) {
    if (Double.isNaN(number)) {
      return "–";
    }
    int decimals = number >= 100 ? 0 : number >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }

  static String mebibytes(double bytes) {
    return whole(bytes / MEBI);
  }

  static String times(double number, double of) {
    return Double.isNaN(number / of) ? "–" : number(number / of) + " ×";
  }
}
