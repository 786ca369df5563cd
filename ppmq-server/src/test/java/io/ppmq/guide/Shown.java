package io.ppmq.guide;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of an output that two runs have in common: without keys, times, durations, sizes,
 * versions, rates and the width of columns.
 */
public final class Shown {
  private static final List<Pattern> DIFFERENT =
      List.of(
          Pattern.compile("(?<=\"[kK]ey\":\")[^\"]*(?=\")"),
          Pattern.compile("\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z?"),
          Pattern.compile("~?\\b\\d+(\\.\\d+)? ?(ms|s|B|KiB|MiB|GiB)\\b"),
          Pattern.compile("\\b\\d+\\.\\d+\\.\\d+\\b"),
          Pattern.compile("\\b\\d{8}-\\d{6}\\b"),
          Pattern.compile("\\b0000\\d\\d(?=\\.log)"),
          Pattern.compile("(?<=(byte|process) )\\d+"),
          Pattern.compile("(?<=user )\\S+"));

  private Shown() {}

  /** The lines that are not empty. */
  public static List<String> lines(String output) {
    return Arrays.stream(output.split("\n"))
        .map(line -> line.strip().replaceAll("\\s+", " "))
        .map(Shown::common)
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static String common(String line) {
    String common = line;
    for (Pattern part : DIFFERENT) {
      common = part.matcher(common).replaceAll("*");
    }
    return common;
  }
}
