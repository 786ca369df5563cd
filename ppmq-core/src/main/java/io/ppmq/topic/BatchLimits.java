package io.ppmq.topic;

import org.jspecify.annotations.Nullable;

/**
 * How much goes into one batch.
 *
 * @param messagesMax most messages, at least 1
 * @param payloadBytesMax most bytes of payload, unless a single message has more
 */
public record BatchLimits(int messagesMax, long payloadBytesMax) {
  /** The messages of a batch where the configuration does not say. */
  public static final int MESSAGES_MAX_DEFAULT = 50;

  /** Checks the ranges. */
  public BatchLimits {
    if (messagesMax < 1 || payloadBytesMax < 1) {
      throw new IllegalArgumentException(
          "a batch of " + messagesMax + " messages, " + payloadBytesMax + " bytes");
    }
  }

  // By hand: the JDK's own is put together when it is first used, which takes 20 ms.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BatchLimits limits
        && messagesMax == limits.messagesMax
        && payloadBytesMax == limits.payloadBytesMax;
  }

  @Override
  public int hashCode() {
    return 31 * messagesMax + Long.hashCode(payloadBytesMax);
  }
}
