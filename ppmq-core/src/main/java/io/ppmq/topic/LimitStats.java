package io.ppmq.topic;

import io.ppmq.store.Retained;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a topic and their use.
 *
 * @param limits the limits in the configuration
 * @param retained how much at least one subscriber has not acknowledged; null when the topic has no
 *     bound, for then it is not counted
 * @param rejected messages since the start that were refused because the topic was full
 * @param evicted messages since the start that were dropped to make room
 * @param died messages since the start that were sent to a subscriber as often as they may be
 */
public record LimitStats(
    TopicLimits limits, @Nullable Retained retained, long rejected, long evicted, long died) {}
