package io.ppmq.cli.client;

import io.ppmq.client.RetryAfter;
import io.ppmq.message.GoDuration;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The time until a nacked message is redelivered: a duration in Go's form, or never. */
final class RetryAfterOption implements ITypeConverter<RetryAfter> {
  private static final Duration MAX = Duration.ofHours(24);

  @Override
  public RetryAfter convert(String text) {
    if (text.equals("never")) {
      return RetryAfter.NEVER;
    }
    try {
      Duration pause = GoDuration.parse(text);
      if (pause.isNegative() || pause.compareTo(MAX) > 0) {
        throw new TypeConversionException("'" + text + "' is not from 0s to 24h, nor never");
      }
      return RetryAfter.of(pause);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
