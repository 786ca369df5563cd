package io.ppmq.message;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Times in the format of RFC 3339, as Go writes them: the years 0 to 9999 with any offset. The
 * first and last hours of these are outside of those years in UTC, and are written with an offset.
 */
public final class Rfc3339 {
  /** The text that Go writes for "no time". */
  public static final Bytes ZERO_TEXT = Bytes.utf8("0001-01-01T00:00:00Z");

  /** The time that stands for no time. */
  public static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

  /** The longest text that {@link #write} makes. */
  public static final int LENGTH_MAX = "0000-00-00T00:00:00.000000000+00:00".length();

  private static final long FIRST_SECOND = Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final int HOUR_SECONDS = 3600;
  private static final int OFFSET_SECONDS_MAX = 24 * HOUR_SECONDS - 60;
  private static final int FRACTION_INDEX = 19;
  private static final int NANO_DIGITS = 9;

  private Rfc3339() {}

  /** The time that {@code text} stands for, to the nanosecond; null when it is none. */
  public static @Nullable Instant parse(Bytes text) {
    int fractionEnd = fractionEnd(text);
    int seconds = seconds(text);
    int offsetSeconds = offsetSeconds(text, fractionEnd);
    int year = number(text, 0, 4);
    int month = number(text, 5, 2);
    int day = number(text, 8, 2);
    if (fractionEnd < 0
        || seconds < 0
        || offsetSeconds == Integer.MIN_VALUE
        || !isDate(year, month, day)
        || !is(text, 4, '-')
        || !is(text, 7, '-')
        || !(is(text, 10, 'T') || is(text, 10, 't'))) {
      return null;
    }
    long local = LocalDate.of(year, month, day).toEpochDay() * 86_400L + seconds;
    return Instant.ofEpochSecond(local - offsetSeconds, nanos(text, fractionEnd));
  }

  private static boolean isDate(int year, int month, int day) {
    return year >= 0
        && month >= 1
        && month <= 12
        && day >= 1
        && day <= YearMonth.of(year, month).lengthOfMonth();
  }

  /** The second of the day, or -1. */
  private static int seconds(Bytes text) {
    int hour = number(text, 11, 2);
    int minute = number(text, 14, 2);
    int second = number(text, 17, 2);
    boolean sound =
        within(hour, 23)
            && within(minute, 59)
            && within(second, 59)
            && is(text, 13, ':')
            && is(text, 16, ':');
    return sound ? hour * 3600 + minute * 60 + second : -1;
  }

  /** The index after the fraction, which may be missing; -1 when there is a point and no digit. */
  private static int fractionEnd(Bytes text) {
    if (!is(text, FRACTION_INDEX, '.')) {
      return FRACTION_INDEX;
    }
    int end = FRACTION_INDEX + 1;
    while (number(text, end, 1) >= 0) {
      end++;
    }
    return end > FRACTION_INDEX + 1 ? end : -1;
  }

  /** The fraction in nanoseconds; digits beyond the ninth are dropped. */
  private static int nanos(Bytes text, int fractionEnd) {
    int nanos = 0;
    for (int i = 1; i <= NANO_DIGITS; i++) {
      int at = FRACTION_INDEX + i;
      nanos = 10 * nanos + (at < fractionEnd ? text.at(at) - '0' : 0);
    }
    return nanos;
  }

  /** Seconds east of UTC, or Integer.MIN_VALUE when the text does not end in an offset. */
  private static int offsetSeconds(Bytes text, int at) {
    if (is(text, at, 'Z') || is(text, at, 'z')) {
      return text.length() == at + 1 ? 0 : Integer.MIN_VALUE;
    }
    int hour = number(text, at + 1, 2);
    int minute = number(text, at + 4, 2);
    boolean east = is(text, at, '+');
    if (!(east || is(text, at, '-'))
        || text.length() != at + 6
        || !within(hour, 23)
        || !within(minute, 59)
        || !is(text, at + 3, ':')) {
      return Integer.MIN_VALUE;
    }
    int seconds = hour * 3600 + minute * 60;
    return east ? seconds : -seconds;
  }

  private static boolean within(int value, int max) {
    return value >= 0 && value <= max;
  }

  private static boolean is(Bytes text, int index, char c) {
    return index >= 0 && index < text.length() && text.at(index) == c;
  }

  /** The number that this many digits make, or -1. */
  private static int number(Bytes text, int index, int digits) {
    if (index < 0 || index + digits > text.length()) {
      return -1;
    }
    int number = 0;
    for (int i = index; i < index + digits; i++) {
      int digit = text.at(i) - '0';
      if (!within(digit, 9)) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
  }

  /**
   * Writes {@code time} without the zeros that end a fraction: in UTC or, if its year there does
   * not have four digits, with the least offset in hours with which it does.
   *
   * @param time one that {@link #parse} returned
   * @param out has room for {@link #LENGTH_MAX} bytes at {@code at}
   * @return the index after the text
   */
  public static int write(Instant time, byte[] out, int at) {
    int nanos = time.getNano();
    int offsetSeconds = offsetFor(time.getEpochSecond());
    LocalDateTime t =
        LocalDateTime.ofEpochSecond(time.getEpochSecond() + offsetSeconds, nanos, ZoneOffset.UTC);
    digits(t.getYear(), 4, out, at);
    out[at + 4] = '-';
    digits(t.getMonthValue(), 2, out, at + 5);
    out[at + 7] = '-';
    digits(t.getDayOfMonth(), 2, out, at + 8);
    out[at + 10] = 'T';
    digits(t.getHour(), 2, out, at + 11);
    out[at + 13] = ':';
    digits(t.getMinute(), 2, out, at + 14);
    out[at + 16] = ':';
    digits(t.getSecond(), 2, out, at + 17);
    int end = writeFraction(nanos, out, at + FRACTION_INDEX);
    return writeOffset(offsetSeconds, out, end);
  }

  /** The time as text, as {@link #write} writes it. */
  public static String text(Instant time) {
    byte[] out = new byte[LENGTH_MAX];
    return new String(out, 0, write(time, out, 0), US_ASCII);
  }

  /** Seconds east of UTC at which a time is in a year of four digits. */
  private static int offsetFor(long second) {
    if (second < FIRST_SECOND) {
      return offsetOf(FIRST_SECOND - second);
    }
    return second > LAST_SECOND ? -offsetOf(second - LAST_SECOND) : 0;
  }

  private static int offsetOf(long secondsAtLeast) {
    long hours = (secondsAtLeast + HOUR_SECONDS - 1) / HOUR_SECONDS;
    return (int) Math.min(hours * HOUR_SECONDS, OFFSET_SECONDS_MAX);
  }

  private static int writeOffset(int offsetSeconds, byte[] out, int at) {
    if (offsetSeconds == 0) {
      out[at] = 'Z';
      return at + 1;
    }
    int minutes = Math.abs(offsetSeconds) / 60;
    out[at] = (byte) (offsetSeconds < 0 ? '-' : '+');
    digits(minutes / 60, 2, out, at + 1);
    out[at + 3] = ':';
    digits(minutes % 60, 2, out, at + 4);
    return at + 6;
  }

  private static int writeFraction(int nanos, byte[] out, int at) {
    if (nanos == 0) {
      return at;
    }
    out[at] = '.';
    digits(nanos, NANO_DIGITS, out, at + 1);
    int end = at + 1 + NANO_DIGITS;
    while (out[end - 1] == '0') {
      end--;
    }
    return end;
  }

  private static void digits(int number, int count, byte[] out, int at) {
    int rest = number;
    for (int i = at + count - 1; i >= at; i--) {
      out[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
