package io.ppmq.wire;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Times as RFC 3339 has them and as Go writes them, in the years 0 to 9999. */
final class Rfc3339 {
  /** What Go writes for "no time". */
  static final Bytes ZERO_TEXT = Bytes.utf8("0001-01-01T00:00:00Z");

  /** The time that means none. */
  static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

  /** The longest text that {@link #write} makes. */
  static final int LENGTH_MAX = "0000-00-00T00:00:00.000000000Z".length();

  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");
  private static final int FRACTION_INDEX = 19;
  private static final int NANO_DIGITS = 9;

  private Rfc3339() {}

  /** The time that {@code text} stands for, to the nanosecond; null when it is none. */
  static @Nullable Instant parse(Bytes text) {
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
    Instant instant = Instant.ofEpochSecond(local - offsetSeconds, nanos(text, fractionEnd));
    return instant.isBefore(FIRST) || instant.isAfter(LAST) ? null : instant;
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

  /** The number that so many digits make, or -1. */
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
   * Writes {@code time} in UTC, without the zeros that end a fraction.
   *
   * @param out has room for {@link #LENGTH_MAX} bytes at {@code at}
   * @return the index after the text
   */
  static int write(Instant time, byte[] out, int at) {
    int nanos = time.getNano();
    LocalDateTime t = LocalDateTime.ofEpochSecond(time.getEpochSecond(), nanos, ZoneOffset.UTC);
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
    out[end] = 'Z';
    return end + 1;
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
