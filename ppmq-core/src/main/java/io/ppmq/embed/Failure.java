package io.ppmq.embed;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the broker is told of a message on which a handler failed. */
final class Failure {
  /** No more bytes of a reason are kept. */
  private static final int REASON_BYTES_MAX = 1024;

  private Failure() {}

  /** The nack of a message on which the handler failed in this way. */
  static Command nack(String topic, String subscriber, Bytes key, Throwable failure) {
    long retryAfterMillis =
        failure instanceof Nack nack ? nack.retryAfterMillis() : Command.Nack.BY_ATTEMPTS;
    return new Command.Nack(topic, subscriber, List.of(key), retryAfterMillis, reason(failure));
  }

  /** The message of an exception, or its class where it has none. */
  private static String reason(Throwable failure) {
    String message = message(failure);
    String said =
        message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    byte[] utf8 = said.getBytes(StandardCharsets.UTF_8);
    int end = Math.min(utf8.length, REASON_BYTES_MAX);
    while (end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
      end--; // not in the middle of a character
    }
    return new String(utf8, 0, end, StandardCharsets.UTF_8);
  }

  private static @Nullable String message(Throwable failure) {
    try {
      return failure.getMessage();
    } catch (RuntimeException e) {
      return null; // an exception of the program whose message fails
    }
  }
}
