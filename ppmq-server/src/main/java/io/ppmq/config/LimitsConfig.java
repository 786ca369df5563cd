package io.ppmq.config;

import io.ppmq.topic.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a topic: how much it may retain, for how long, and how often a message may be
 * delivered without success.
 *
 * @param maxMessages the most messages retained; 0 for no bound
 * @param maxBytes the most bytes retained; 0 for no bound
 * @param whenFull the treatment of a publish without room
 * @param maxDeliveries the number of deliveries after which a message dies; 0 for never
 * @param deadLetter the topic for dead messages; null to drop them
 * @param ackRetryMax the bound up to which {@code AckRetry} doubles with every delivery; zero: it
 *     does not double
 * @param maxAge the age at which a message without Expires expires; zero for never
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
