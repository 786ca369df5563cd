package io.ppmq.cli.output;

import io.ppmq.client.Refused;
import java.time.Duration;
import java.util.Locale;

/** Numbers and reasons as people read them. */
public final class Format {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};
  private static final int KIBI = 1024;

  private Format() {}

  /** {@code 1 topic}, {@code 2 topics}. */
  public static String count(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  /** {@code 1 message}, {@code 20,000 messages}. */
  public static String groupedCount(long count, String noun) {
    return grouped(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /**
   * The broker's reason for a refusal, without the byte of the connection at which it found the
   * fault: the user of a command has written no bytes.
   */
  public static String reason(Refused refused) {
    String sentence = String.valueOf(refused.getMessage());
    return reason(refused.code(), sentence.replaceFirst(" \\(at byte \\d+\\)$", ""));
  }

  /**
   * The sentence of a refusal; if a name is unknown, with the command that shows the names.
   *
   * @param code the code in PROTOCOL.md; empty for none
   */
  public static String reason(String code, String sentence) {
    return sentence
        + switch (code) {
          case "unknown-topic" -> ": 'ppmq stats' shows the topics";
          case "unknown-subscriber" -> ": 'ppmq names subscribers' lists the subscribers";
          case "not-of-topic" -> ": 'ppmq stats' shows the subscribers of each topic";
          default -> "";
        };
  }

  /** {@code 20,000}. */
  public static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 512 B}, {@code 1.5 MiB}. */
  public static String bytes(long bytes) {
    if (bytes < KIBI) {
      return bytes + " B";
    }
    double scaled = bytes;
    int unit = -1;
    while (scaled >= KIBI && unit < UNITS.length - 1) {
      scaled /= KIBI;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", scaled, UNITS[unit]);
  }

  /** {@code ~1.5 MiB}, or a dash for none. */
  public static String about(long bytes) {
    return bytes == 0 ? "-" : "~" + bytes(bytes);
  }

  /** Two units at most: {@code 2.3s}, {@code 45s}, {@code 3m12s}, {@code 5h03m}, {@code 2d04h}. */
  public static String age(Duration age) {
    long seconds = age.toSeconds();
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1fs", age.toMillis() / 1e3);
    }
    if (age.toMinutes() < 1) {
      return seconds + "s";
    }
    if (age.toHours() < 1) {
      return String.format(Locale.ROOT, "%dm%02ds", age.toMinutes(), age.toSecondsPart());
    }
    return age.toDays() < 1
        ? String.format(Locale.ROOT, "%dh%02dm", age.toHours(), age.toMinutesPart())
        : String.format(Locale.ROOT, "%dd%02dh", age.toDays(), age.toHoursPart());
  }
}
