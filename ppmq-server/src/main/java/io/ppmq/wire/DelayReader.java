package io.ppmq.wire;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.GoDuration;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the time at which to queue a message: Delay or NotBefore; a message may have one of them.
 */
final class DelayReader {
  private static final int DURATION_BYTES_MAX = 256;

  /** Rounds up to a millisecond, so that nothing is queued too early. */
  private static final long NANOS_UP = 999_999;

  private final ValueCursor cursor;
  private final LongSupplier wallMillis;
  private @Nullable Delay delay;
  private @Nullable Delay notBefore;
  private int start;

  DelayReader(ValueCursor cursor, LongSupplier wallMillis) {
    this.cursor = cursor;
    this.wallMillis = wallMillis;
  }

  /** A message begins. */
  void begin() {
    delay = null;
    notBefore = null;
  }

  /** Reads a Delay; zero means no delay. */
  void delay() throws IOException {
    start = cursor.start();
    Bytes text = cursor.string("Delay", DURATION_BYTES_MAX);
    delay = text == null || text.isEmpty() ? null : delay(text);
  }

  private @Nullable Delay delay(Bytes text) {
    Duration duration;
    try {
      duration = GoDuration.parse(text.text());
    } catch (IllegalArgumentException e) {
      cursor.refuse(start, "Delay " + e.getMessage());
      return null;
    }
    if (duration.isNegative()) {
      cursor.refuse(start, "Delay is negative: " + ValueCursor.quoted(text));
      return null;
    }
    long millis = duration.plusNanos(NANOS_UP).toMillis();
    if (millis > Delay.MILLIS_MAX) {
      cursor.refuse(start, "Delay is longer than 10 years: " + ValueCursor.quoted(text));
    }
    return millis == 0 ? null : new Delay(true, millis);
  }

  /** Reads a NotBefore; the zero time means none. */
  void notBefore() throws IOException {
    start = cursor.start();
    Instant time = MessageReader.time(cursor, "NotBefore");
    notBefore = time == null ? null : new Delay(false, millis(time));
    if (time != null && millis(time) - wallMillis.getAsLong() > Delay.MILLIS_MAX) {
      cursor.refuse(
          start,
          "NotBefore is more than 10 years away: "
              + ValueCursor.quoted(Bytes.utf8(Rfc3339.text(time))));
    }
  }

  /** Every readable time is in the range of milliseconds. */
  private static long millis(Instant time) {
    return time.plusNanos(NANOS_UP).toEpochMilli();
  }

  /** The delay of the message; null to queue it at once. */
  @Nullable Delay end() {
    if (delay != null && notBefore != null) {
      cursor.refuse(start, "a message has Delay and NotBefore");
    }
    if (notBefore != null && notBefore.millis() <= wallMillis.getAsLong()) {
      return delay;
    }
    return delay != null ? delay : notBefore;
  }
}
