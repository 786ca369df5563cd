package io.ppmq.topic;

import io.ppmq.store.Retained;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a topic and their use.
 *
 * @param limits the limits in the configuration
 * @param retained the amount that at least one subscriber has not acknowledged; null when the topic
 *     has no bound, because then it is not counted
 * @param rejected messages since the start that were refused because the topic was full
 * @param evicted messages since the start that were dropped to make room
 * @param died messages since the start that reached their limit of deliveries
 */
public record LimitStats(
    TopicLimits limits, @Nullable Retained retained, long rejected, long evicted, long died) {}
