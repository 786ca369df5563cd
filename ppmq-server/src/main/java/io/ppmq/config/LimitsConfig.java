package io.ppmq.config;

import io.ppmq.topic.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much a topic may retain, how long, and how often a message of it may be sent without success.
 *
 * @param maxMessages most messages retained; 0 for no bound
 * @param maxBytes most bytes retained; 0 for no bound
 * @param whenFull the treatment of a publish that has no room
 * @param maxDeliveries after how many deliveries a message dies; 0 for never
 * @param deadLetter the topic where it goes then; null to drop it
 * @param ackRetryMax up to what {@code AckRetry} doubles with every delivery; zero: it stays as it
 *     is
 * @param maxAge after how long a message without Expires expires; zero for never
 */
public record LimitsConfig(
    long maxMessages,
    long maxBytes,
    WhenFull whenFull,
    int maxDeliveries,
    @Nullable String deadLetter,
    Duration ackRetryMax,
    Duration maxAge) {
  /** Nothing is limited. */
  public static final LimitsConfig NONE =
      new LimitsConfig(0, 0, WhenFull.BLOCK, 0, null, Duration.ZERO, Duration.ZERO);

  /** Refuses with an {@link IllegalArgumentException} values below 0. */
  public LimitsConfig {
    if (maxMessages < 0
        || maxBytes < 0
        || maxDeliveries < 0
        || ackRetryMax.isNegative()
        || maxAge.isNegative()) {
      throw new IllegalArgumentException("a limit is below 0");
    }
  }
}
