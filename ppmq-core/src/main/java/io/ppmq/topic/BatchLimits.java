package io.ppmq.topic;

import org.jspecify.annotations.Nullable;

/**
 * The limits of one batch.
 *
 * @param messagesMax the largest number of messages, at least 1
 * @param payloadBytesMax the largest number of bytes of payload, unless a single message has more
 */
public record BatchLimits(int messagesMax, long payloadBytesMax) {
  /** The default number of messages in a batch. */
  public static final int MESSAGES_MAX_DEFAULT = 50;

  /** Checks the ranges. */
  public BatchLimits {
    if (messagesMax < 1 || payloadBytesMax < 1) {
      throw new IllegalArgumentException(
          "a batch of " + messagesMax + " messages, " + payloadBytesMax + " bytes");
    }
  }

  // Written by hand: the JDK generates its own at the first use, which takes 20 ms.
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
