package io.ppmq.embed;

import io.ppmq.broker.request.Command;
import java.time.Duration;

/**
 * The handler failed on a message, and decides when it comes again, or that it dies. A {@link
 * Handler} throws it; any other exception does the same with the usual pause. Has no stack trace,
 * and is not logged.
 */
public final class Nack extends Exception {
  private static final long serialVersionUID = 1;

  private final long retryAfterMillis;

  private Nack(long retryAfterMillis, String reason) {
    super(reason, null, false, false);
    this.retryAfterMillis = retryAfterMillis;
  }

  /**
   * The message comes again after this pause, before everything that waits behind it, unless that
   * was the last of its topic's {@code deliveriesMax}.
   *
   * @param retryAfter 0 to 24 hours
   * @param reason for people, and kept with a dead letter, up to 1 KiB of it
   * @throws IllegalArgumentException when the pause is negative or longer
   */
  public static Nack retryAfter(Duration retryAfter, String reason) {
    if (retryAfter.isNegative()
        || retryAfter.compareTo(Duration.ofMillis(Command.Nack.RETRY_AFTER_MILLIS_MAX)) > 0) {
      throw new IllegalArgumentException("a pause is 0 to 24 hours, not " + retryAfter);
    }
    return new Nack(retryAfter.toMillis(), reason);
  }

  /** The message dies at once. */
  public static Nack never(String reason) {
    return new Nack(Command.Nack.NEVER, reason);
  }

  long retryAfterMillis() {
    return retryAfterMillis;
  }
}
