package io.ppmq.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reports that a message could not be processed: the broker delivers it again later, or it dies. A
 * handler of single messages throws it to choose the pause and the reason. Any other exception
 * nacks the message with the pause of the {@link SubscriberBuilder#retryAfter builder}. Has no
 * stack trace.
 */
public final class Nack extends Exception {
  private static final long serialVersionUID = 1;

  /** The broker keeps at most this many bytes of a reason; the rest is not sent. */
  static final int REASON_BYTES_MAX = 1024;

  private final RetryAfter retryAfter;

  /**
   * Creates a nack with its pause and its reason.
   *
   * @param reason for people, and kept with a dead letter: one line, of which the broker keeps at
   *     most 1 KiB of UTF-8; may be empty
   */
  public Nack(RetryAfter retryAfter, String reason) {
    super(line(reason), null, false, false);
    this.retryAfter = Objects.requireNonNull(retryAfter, "retryAfter");
  }

  /** A nack whose reason is the exception's message, or its class if it has none. */
  static Nack of(RetryAfter retryAfter, Throwable failure) {
    String message = message(failure);
    return message == null || message.isBlank()
        ? new Nack(retryAfter, failure.getClass().getSimpleName())
        : new Nack(retryAfter, message);
  }

  private static @Nullable String message(Throwable failure) {
    try {
      return failure.getMessage();
    } catch (RuntimeException e) {
      return null; // the exception is of the program
    }
  }

  /** The pause before the message is delivered again. */
  public RetryAfter retryAfter() {
    return retryAfter;
  }

  /** The reason for the failure, as one line; may be empty. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  private static String line(String text) {
    StringBuilder line = new StringBuilder();
    int bytes = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      boolean blank = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
      int shown = surrogate ? '?' : blank ? ' ' : c;
      bytes += shown < 0x80 ? 1 : shown < 0x800 ? 2 : shown < 0x10000 ? 3 : 4;
      if (bytes > REASON_BYTES_MAX) {
        break;
      }
      line.appendCodePoint(shown);
    }
    return line.toString().strip();
  }
}
