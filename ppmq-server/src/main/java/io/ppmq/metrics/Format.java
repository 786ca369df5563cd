package io.ppmq.metrics;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The text formats of metrics. */
public enum Format {
  /** The format of Prometheus, which every collector reads. */
  PROMETHEUS("text/plain; version=0.0.4; charset=utf-8"),

  /** OpenMetrics 1.0. It has an end mark, so that half an answer is not taken for a whole one. */
  OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

  private static final String OPEN_METRICS_TYPE = "application/openmetrics-text";
  private static final String TEXT_TYPE = "text/plain";

  private final String type;

  Format(String type) {
    this.type = type;
  }

  /** The content type of an answer in this format. */
  public String type() {
    return type;
  }

  /**
   * The format for a request: OpenMetrics if the header names it and prefers nothing else.
   *
   * @param accept the Accept header; null if there is none
   */
  public static Format of(@Nullable String accept) {
    double open = 0;
    double text = 0;
    String types = accept == null ? "" : accept.toLowerCase(Locale.ROOT);
    for (String one : types.split(",", -1)) {
      String[] parts = one.split(";", -1);
      String name = parts[0].strip();
      if (name.equals(OPEN_METRICS_TYPE)) {
        open = Math.max(open, quality(parts));
      } else if (name.equals(TEXT_TYPE)) {
        text = Math.max(text, quality(parts));
      }
    }
    return open > 0 && open >= text ? OPEN_METRICS : PROMETHEUS;
  }

  private static double quality(String[] parts) {
    for (String part : parts) {
      String parameter = part.strip();
      if (parameter.startsWith("q=")) {
        return parameter.matches("q=[01](\\.\\d{1,3})?")
            ? Double.parseDouble(parameter.substring(2))
            : 0;
      }
    }
    return 1;
  }
}
