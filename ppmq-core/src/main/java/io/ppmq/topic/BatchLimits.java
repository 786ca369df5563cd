package io.ppmq.topic;

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
}
