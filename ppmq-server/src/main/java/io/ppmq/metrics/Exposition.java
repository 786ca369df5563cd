package io.ppmq.metrics;

import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.topic.AgeCounts;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;

/**
 * Text in the exposition format of Prometheus, version 0.0.4, or of OpenMetrics: families of
 * samples, each with its meaning and its kind first. The caller begins each family once, and gives
 * its samples different labels.
 */
final class Exposition {
  private static final int NANO = 9;
  private static final int MICRO = 6;
  private static final int MILLI = 3;
  private static final String TOTAL = "_total";

  private final Format format;
  private final StringBuilder text = new StringBuilder(4096);
  private String family = "";

  Exposition(Format format) {
    this.format = format;
  }

  Exposition gauge(String name, String help) {
    return begin(name, "gauge", help);
  }

  /** A name that ends in {@code _total}. */
  Exposition counter(String name, String help) {
    return begin(name, "counter", help);
  }

  private Exposition begin(String name, String kind, String help) {
    family = name;
    boolean cut = format == Format.OPEN_METRICS && name.endsWith(TOTAL);
    String named = cut ? name.substring(0, name.length() - TOTAL.length()) : name;
    text.append("# HELP ").append(named).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(named).append(' ').append(kind).append('\n');
    return this;
  }

  /** A sample of the current family; labels are names and values alternately. */
  void sample(long value, String... labels) {
    sample(family, Long.toString(value), labels);
  }

  void milliseconds(long millis, String... labels) {
    sample(family, decimal(millis, MILLI), labels);
  }

  /** Begins a family of histograms. */
  Exposition histogram(String name, String help) {
    return begin(name, "histogram", help);
  }

  /** A sample of the current family, in seconds. */
  void durations(DurationCounts counts) {
    String sum = decimal(counts.sumNanos(), NANO);
    buckets(DurationCounts.BOUNDS_MICROS, MICRO, counts.cumulative(), sum);
  }

  /** A sample of the current family, in seconds; none if nothing was counted. */
  void ages(AgeCounts counts, String... labels) {
    String sum = decimal(counts.sumMillis(), MILLI);
    List<Long> cumulative = counts.cumulative();
    if (!cumulative.isEmpty()) {
      buckets(AgeCounts.BOUNDS_MILLIS, MILLI, cumulative, sum, labels);
    }
  }

  private void buckets(
      List<Long> bounds, int scale, List<Long> cumulative, String sum, String... labels) {
    String[] withBound = Arrays.copyOf(labels, labels.length + 2);
    withBound[labels.length] = "le";
    for (int i = 0; i < bounds.size(); i++) {
      withBound[labels.length + 1] = bound(bounds.get(i), scale);
      sample(family + "_bucket", cumulative.get(i).toString(), withBound);
    }
    String all = cumulative.get(bounds.size()).toString();
    withBound[labels.length + 1] = "+Inf";
    sample(family + "_bucket", all, withBound);
    sample(family + "_sum", sum, labels);
    sample(family + "_count", all, labels);
  }

  /**
   * A bound has one form in OpenMetrics, so that the series is the same whichever program writes
   * it.
   */
  private String bound(long unscaled, int scale) {
    String bound = decimal(unscaled, scale);
    return format == Format.OPEN_METRICS && bound.indexOf('.') < 0 ? bound + ".0" : bound;
  }

  /** Ends the text; nothing may follow. */
  void end() {
    if (format == Format.OPEN_METRICS) {
      text.append("# EOF\n");
    }
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

  /** The number of characters written since the last {@link #take}. */
  int length() {
    return text.length();
  }

  /** The text written since the last call. */
  String take() {
    String taken = text.toString();
    text.setLength(0);
    return taken;
  }
}
