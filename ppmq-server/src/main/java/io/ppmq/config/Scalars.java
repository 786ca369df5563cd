package io.ppmq.config;

import java.math.BigInteger;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single values like the Go package's YAML library, and sizes in bytes. */
final class Scalars {
  private static final Set<String> YES =
      Set.of("true", "True", "TRUE", "yes", "Yes", "YES", "y", "Y", "on", "On", "ON");
  private static final Set<String> NO =
      Set.of("false", "False", "FALSE", "no", "No", "NO", "n", "N", "off", "Off", "OFF");

  private static final int DIGITS_MAX = 100;
  private static final Pattern WHOLE_NUMBER =
      Pattern.compile("([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o?([0-7]+)|(0|[1-9][0-9]*))");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18}) ?(KiB|MiB|GiB)");
  private static final String UNITS = "KMG";

  private Scalars() {}

  /** The truth value; null if {@code text} is none. */
  static @Nullable Boolean flag(String text) {
    if (YES.contains(text)) {
      return true;
    }
    return NO.contains(text) ? false : null;
  }

  /**
   * The number, in decimal, {@code 0x}, {@code 0b} or octal, possibly with {@code _} between its
   * digits; null if {@code text} is none.
   */
  static @Nullable BigInteger wholeNumber(String text) {
    if (text.length() > DIGITS_MAX || text.startsWith("_")) {
      return null;
    }
    Matcher parts = WHOLE_NUMBER.matcher(text.replace("_", ""));
    if (!parts.matches()) {
      return null;
    }
    int[] radixes = {2, 16, 8, 10};
    for (int i = 0; i < radixes.length; i++) {
      String digits = parts.group(i + 2);
      if (digits != null) {
        BigInteger number = new BigInteger(digits, radixes[i]);
        return "-".equals(parts.group(1)) ? number.negate() : number;
      }
    }
    return null;
  }

  /**
   * A number of bytes, possibly in KiB, MiB or GiB, which are 1024, 1024² and 1024³ bytes; null if
   * {@code text} is none. K, KB and similar units are refused, since they are ambiguous.
   */
  static @Nullable BigInteger bytes(String text) {
    Matcher parts = SIZE.matcher(text);
    if (!parts.matches()) {
      return wholeNumber(text);
    }
    int power = 1 + UNITS.indexOf(parts.group(2).charAt(0));
    return new BigInteger(parts.group(1)).shiftLeft(10 * power);
  }
}
