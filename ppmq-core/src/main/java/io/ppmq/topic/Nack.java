package io.ppmq.topic;

import org.jspecify.annotations.Nullable;

/**
 * The statement of a subscriber that it could not handle messages.
 *
 * @param retryAfterMillis the time before they are sent again; {@link #BY_ATTEMPTS} or {@link
 *     #NEVER}
 * @param reason the subscriber's reason, for a peek and the dead letter; null without one
 */
public record Nack(long retryAfterMillis, @Nullable String reason) {
  /** The time grows with each delivery of a message. */
  public static final long BY_ATTEMPTS = -1;

  /** They die at once. */
  public static final long NEVER = -2;

  /** The longest time that a subscriber may ask for. */
  public static final long RETRY_AFTER_MILLIS_MAX = 24 * 60 * 60 * 1000L;

  private static final long FIRST_MILLIS = 1000;
  private static final long GROWN_MILLIS_MAX = 5 * 60 * 1000L;
  private static final int DOUBLINGS_MAX = 9;

  /** Checks the bounds that the types do not express. */
  public Nack {
    if (retryAfterMillis < NEVER || retryAfterMillis > RETRY_AFTER_MILLIS_MAX) {
      throw new IllegalArgumentException("RetryAfter of " + retryAfterMillis + " ms");
    }
  }

  /** Whether a message that was sent this often dies. */
  boolean kills(int attempts, TopicLimits limits) {
    int max = limits.deliveriesMax();
    return retryAfterMillis == NEVER || (max > 0 && attempts >= max);
  }

  /** The time before a message that was sent this often is sent again, in milliseconds. */
  long retryAfterMillis(int attempts) {
    if (retryAfterMillis != BY_ATTEMPTS) {
      return retryAfterMillis;
    }
    int doublings = Math.max(0, Math.min(attempts - 1, DOUBLINGS_MAX));
    return Math.min(FIRST_MILLIS << doublings, GROWN_MILLIS_MAX);
  }
}
