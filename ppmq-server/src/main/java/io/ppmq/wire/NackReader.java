package io.ppmq.wire;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.GoDuration;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the fields about nacked messages: RetryAfter and Reason. */
final class NackReader {
  private static final int RETRY_AFTER_BYTES_MAX = 256;
  private static final Bytes NEVER = Bytes.utf8("never");

  private final ValueCursor cursor;
  private long retryAfterMillis = Command.Nack.BY_ATTEMPTS;
  private @Nullable String reason;

  NackReader(ValueCursor cursor) {
    this.cursor = cursor;
  }

  /** Reads a RetryAfter: a duration or never; an empty text counts as absent. */
  void readRetryAfter() throws IOException {
    int start = cursor.start();
    Bytes text = cursor.string("RetryAfter", RETRY_AFTER_BYTES_MAX);
    retryAfterMillis =
        text == null || text.isEmpty() ? Command.Nack.BY_ATTEMPTS : millis(start, text);
  }

  private long millis(int start, Bytes text) {
    if (text.equals(NEVER)) {
      return Command.Nack.NEVER;
    }
    Duration duration;
    try {
      duration = GoDuration.parse(text.text());
    } catch (IllegalArgumentException e) {
      cursor.refuse(
          start,
          "RetryAfter "
              + ValueCursor.quoted(text)
              + " must be a duration up to 24h, like 300ms, 5m or 1h30m, or never");
      return 0;
    }
    long millis = duration.plusNanos(999_999).toMillis(); // rounds up, never sooner
    if (duration.isNegative()) {
      cursor.refuse(start, "RetryAfter is negative: " + ValueCursor.quoted(text));
    } else if (millis > Command.Nack.RETRY_AFTER_MILLIS_MAX) {
      cursor.refuse(start, "RetryAfter is longer than 24 h: " + ValueCursor.quoted(text));
    }
    return millis;
  }

  /** Reads a Reason, and keeps its beginning. */
  void readReason() throws IOException {
    Bytes text = cursor.beginning("Reason", Limits.REASON_BYTES_MAX);
    reason = text == null || text.isEmpty() ? null : text.text();
  }

  /** The pause before redelivery in milliseconds, or a constant of {@link Command}. */
  long retryAfterMillis() {
    return retryAfterMillis;
  }

  @Nullable String reason() {
    return reason;
  }
}
