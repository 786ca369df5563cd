package io.ppmq.it;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the text format of Prometheus strictly: every sample belongs to the current family, every
 * family occurs once and has a help text and a kind before its samples, no series occurs twice,
 * histograms ascend and end in +Inf.
 */
final class PrometheusText {
  private static final Pattern HELP = Pattern.compile("# HELP ([a-z_]+) (\\S.*)");
  private static final Pattern TYPE = Pattern.compile("# TYPE ([a-z_]+) (counter|gauge|histogram)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_]+)(?:\\{(.*)})? (\\d+(?:\\.\\d+)?(?:E\\d+)?)");
  private static final Pattern LABEL =
      Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(?:,(?=[a-z])|$)");

  private final Map<String, String> kinds = new LinkedHashMap<>();
  private final Map<String, Double> samples = new LinkedHashMap<>();
  private final Set<String> helped = new HashSet<>();
  private String family = "";
  private double bucket;
  private String last = "";

  private PrometheusText() {}

  static PrometheusText parse(String text) {
    if (!text.endsWith("\n")) {
      throw new AssertionError("the last line does not end");
    }
    PrometheusText parsed = new PrometheusText();
    text.lines().forEach(parsed::line);
    return parsed;
  }

  /** The families with their kinds. */
  Map<String, String> kinds() {
    return kinds;
  }

  /** The value of a series; labels are names and values alternately, in any order. */
  double value(String name, String... labels) {
    Double value = samples.get(series(name, labels));
    if (value == null) {
      throw new AssertionError("no " + series(name, labels) + " in " + samples.keySet());
    }
    return value;
  }

  /** Whether the series exists. */
  boolean has(String name, String... labels) {
    return samples.containsKey(series(name, labels));
  }

  private static String series(String name, String... labels) {
    Map<String, String> sorted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      sorted.put(labels[i], labels[i + 1]);
    }
    return name + sorted;
  }

  private void line(String line) {
    Matcher help = HELP.matcher(line);
    Matcher type = TYPE.matcher(line);
    Matcher sample = SAMPLE.matcher(line);
    if (help.matches()) {
      check(helped.add(help.group(1)), "a second help", line);
      family = help.group(1);
    } else if (type.matches()) {
      check(type.group(1).equals(family), "a kind of something else", line);
      check(kinds.put(family, type.group(2)) == null, "a second kind", line);
      check(family.endsWith("_total") == type.group(2).equals("counter"), "a wrong name", line);
      bucket = 0;
    } else if (sample.matches()) {
      sample(sample, line);
    } else {
      throw new AssertionError("no line of the format: " + line);
    }
  }

  private void sample(Matcher sample, String line) {
    String name = sample.group(1);
    double value = Double.parseDouble(sample.group(3));
    Map<String, String> labels = labels(sample.group(2), line);
    if ("histogram".equals(kinds.get(family))) {
      check(name.matches(family + "_(bucket|sum|count)"), "of another family", line);
      check(name.endsWith("_bucket") == labels.containsKey("le"), "a wrong label", line);
      if (name.endsWith("_bucket")) {
        check(value >= bucket, "descends", line);
        bucket = value;
      } else if (name.endsWith("_count")) {
        check(value == bucket, "not that of +Inf", line);
        check(last.equals("+Inf"), "no +Inf", line);
        bucket = 0;
      }
      last = labels.getOrDefault("le", last);
    } else {
      check(kinds.containsKey(family) && name.equals(family), "of another family", line);
    }
    check(samples.put(name + labels, value) == null, "a second time", line);
  }

  private static Map<String, String> labels(String text, String line) {
    Map<String, String> labels = new TreeMap<>();
    if (text != null) {
      Matcher label = LABEL.matcher(text);
      int end = 0;
      while (label.find()) {
        check(label.start() == end, "what is between labels", line);
        end = label.end();
        String value = label.group(2).replace("\\n", "\n").replaceAll("\\\\([\\\\\"])", "$1");
        check(labels.put(label.group(1), value) == null, "a second label", line);
      }
      check(end == text.length() && end > 0, "labels that cannot be read", line);
    }
    return labels;
  }

  private static void check(boolean right, String fault, String line) {
    if (!right) {
      throw new AssertionError(fault + ": " + line);
    }
  }
}
