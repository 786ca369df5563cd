package io.ppmq.message;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go writes them: decimal numbers, each with a unit, one after another, perhaps behind
 * a sign, such as {@code 300ms}, {@code -1.5h} or {@code 2h45m}; {@code 0} needs no unit. Units are
 * ns, us (or µs, with either of Unicode's two letters), ms, s, m and h. As in Go, a duration fits
 * in 64 bits of nanoseconds, some 292 years.
 */
public final class GoDuration {
  private static final Map<String, Long> NANOS_PER_UNIT =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private static final Pattern TERM =
      Pattern.compile("([0-9]*+)(?:\\.([0-9]*+))?+(ns|us|µs|μs|ms|s|m|h)(?=[0-9.]|\\z)");
  private static final Pattern LACKS_UNIT = Pattern.compile("[-+]?[0-9]++(\\.[0-9]*+)?");
  private static final BigInteger NANOS_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  /** Go's rule: digits of a fraction that do not fit in 63 bits are ignored. */
  private static final long FRACTION_MAX = (Long.MAX_VALUE - 9) / 10;

  private static final int QUOTED_MAX = 80;

  private GoDuration() {}

  /**
   * Reads a duration to the nanosecond that Go's {@code time.ParseDuration} gives.
   *
   * @throws IllegalArgumentException when it is none or is too long, with a message that quotes it
   */
  public static Duration parse(String text) {
    boolean negative = text.startsWith("-");
    String unsigned = negative || text.startsWith("+") ? text.substring(1) : text;
    if (unsigned.equals("0")) {
      return Duration.ZERO;
    }
    BigInteger nanos = sumOfTerms(text, unsigned);
    BigInteger limit = negative ? NANOS_MAX.add(BigInteger.ONE) : NANOS_MAX;
    if (nanos.compareTo(limit) > 0) {
      throw tooLong(text);
    }
    return Duration.ofNanos((negative ? nanos.negate() : nanos).longValueExact());
  }

  private static BigInteger sumOfTerms(String text, String unsigned) {
    BigInteger sum = BigInteger.ZERO;
    Matcher term = TERM.matcher(unsigned);
    int at = 0;
    while (term.region(at, unsigned.length()).lookingAt()) {
      String whole = term.group(1);
      String fraction = term.group(2) == null ? "" : term.group(2);
      if (whole.isEmpty() && fraction.isEmpty()) {
        throw none(text);
      }
      String digits = whole.replaceFirst("^0+", "");
      if (digits.length() > 19) {
        throw tooLong(text);
      }
      long unit = NANOS_PER_UNIT.getOrDefault(term.group(3), 0L);
      BigInteger count = digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits);
      sum = sum.add(count.multiply(BigInteger.valueOf(unit)));
      sum = sum.add(BigInteger.valueOf(nanosOfFraction(fraction, unit)));
      at = term.end();
    }
    if (at == 0 || at < unsigned.length()) {
      throw none(text);
    }
    return sum;
  }

  /** In floating point, as Go does it: exact arithmetic would differ by a nanosecond at times. */
  private static long nanosOfFraction(String digits, long unit) {
    long value = 0;
    double scale = 1;
    for (int i = 0; i < digits.length() && value <= FRACTION_MAX; i++) {
      value = value * 10 + (digits.charAt(i) - '0');
      scale *= 10;
    }
    return (long) ((double) value * ((double) unit / scale));
  }

  private static IllegalArgumentException none(String text) {
    String fault = LACKS_UNIT.matcher(text).matches() ? " lacks a unit" : " is not a duration";
    return new IllegalArgumentException(
        quoted(text) + fault + ": write it like 300ms, 5m or 1h30m");
  }

  /** On one line, cut when long, and with nothing in it that a terminal would obey. */
  private static String quoted(String text) {
    int shown =
        text.offsetByCodePoints(0, Math.min(QUOTED_MAX, text.codePointCount(0, text.length())));
    String more = shown < text.length() ? "…" : "";
    return '"' + Printable.of(text.substring(0, shown)) + more + '"';
  }

  private static IllegalArgumentException tooLong(String text) {
    return new IllegalArgumentException(
        quoted(text) + " is too long: at most " + format(Duration.ofNanos(Long.MAX_VALUE)));
  }

  /**
   * Writes a duration as Go prints it, such as {@code 1h30m0s}, {@code 1.5ms} or {@code 0s}.
   *
   * @throws ArithmeticException when it does not fit in 64 bits of nanoseconds
   */
  public static String format(Duration duration) {
    long nanos = duration.toNanos();
    String sign = nanos < 0 ? "-" : "";
    BigDecimal size = BigDecimal.valueOf(nanos).abs();
    if (nanos == 0) {
      return "0s";
    }
    if (size.compareTo(BigDecimal.valueOf(1_000)) < 0) {
      return sign + plain(size) + "ns";
    }
    if (size.compareTo(BigDecimal.valueOf(1_000_000)) < 0) {
      return sign + plain(size.movePointLeft(3)) + "µs";
    }
    if (size.compareTo(BigDecimal.valueOf(1_000_000_000)) < 0) {
      return sign + plain(size.movePointLeft(6)) + "ms";
    }
    return sign + hoursMinutesSeconds(size.movePointLeft(9));
  }

  private static String hoursMinutesSeconds(BigDecimal seconds) {
    BigDecimal[] minutes = seconds.divideAndRemainder(BigDecimal.valueOf(60));
    long hours = minutes[0].longValue() / 60;
    long minute = minutes[0].longValue() % 60;
    String text = plain(minutes[1]) + "s";
    if (hours > 0) {
      return hours + "h" + minute + "m" + text;
    }
    return minute > 0 ? minute + "m" + text : text;
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
