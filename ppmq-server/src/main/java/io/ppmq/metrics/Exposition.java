package io.ppmq.metrics;

import io.ppmq.broker.DurationCounts;
import java.math.BigDecimal;
import java.util.List;

/**
 * Text in the exposition format of Prometheus, version 0.0.4: families of samples, one after
 * another, each begun with what it means and its kind. Whoever writes sees to it that a family is
 * begun once and that its samples differ in their labels.
 */
final class Exposition {
  private static final int NANO = 9;
  private static final int MICRO = 6;
  private static final int MILLI = 3;

  private final StringBuilder text = new StringBuilder(4096);
  private String family = "";

  Exposition gauge(String name, String help) {
    return begin(name, "gauge", help);
  }

  /** A name that ends in {@code _total}. */
  Exposition counter(String name, String help) {
    return begin(name, "counter", help);
  }

  private Exposition begin(String name, String kind, String help) {
    family = name;
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(kind).append('\n');
    return this;
  }

  /** A sample of the family that was begun last; labels are names and values by turns. */
  void sample(long value, String... labels) {
    sample(family, Long.toString(value), labels);
  }

  void milliseconds(long millis, String... labels) {
    sample(family, decimal(millis, MILLI), labels);
  }

  /** A whole family, in seconds. */
  void histogram(String name, String help, DurationCounts counts) {
    begin(name, "histogram", help);
    List<Long> cumulative = counts.cumulative();
    int bounds = DurationCounts.BOUNDS_MICROS.size();
    for (int i = 0; i < bounds; i++) {
      String bound = decimal(DurationCounts.BOUNDS_MICROS.get(i), MICRO);
      sample(name + "_bucket", cumulative.get(i).toString(), "le", bound);
    }
    String all = cumulative.get(bounds).toString();
    sample(name + "_bucket", all, "le", "+Inf");
    sample(name + "_sum", decimal(counts.sumNanos(), NANO));
    sample(name + "_count", all);
  }

  private static String decimal(long unscaled, int scale) {
    BigDecimal decimal = BigDecimal.valueOf(unscaled, scale);
    return unscaled == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
  }

  private void sample(String name, String value, String... labels) {
    text.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      escape(labels[i + 1]);
      text.append('"');
    }
    text.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
  }

  private void escape(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }

  /** How much was written since it was last taken, in characters. */
  int length() {
    return text.length();
  }

  /** All that was written since the last time. */
  String take() {
    String taken = text.toString();
    text.setLength(0);
    return taken;
  }
}
