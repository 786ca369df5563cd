package io.ppmq.cli.client;

import io.ppmq.message.GoDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A moment, or a duration from the publishing of a message. */
record ExpiryOption(@Nullable Instant at, Duration after) {
  /** Reads RFC 3339, or a positive duration in Go's form. */
  static ExpiryOption parse(String text) {
    try {
      return new ExpiryOption(OffsetDateTime.parse(text).toInstant(), Duration.ZERO);
    } catch (DateTimeParseException e) {
      return new ExpiryOption(null, duration(text, e));
    }
  }

  private static Duration duration(String text, DateTimeParseException noTime) {
    Duration after = Duration.ZERO;
    try {
      after = GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      noTime.addSuppressed(e);
    }
    if (after.isNegative() || after.isZero()) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is neither a time, such as 2027-01-02T03:04:05Z, nor a duration above zero,"
              + " such as 10m",
          noTime);
    }
    return after;
  }

  Instant instant(Instant now) {
    return at != null ? at : now.plus(after);
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<ExpiryOption> {
    @Override
    public ExpiryOption convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
