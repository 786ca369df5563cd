package io.ppmq.broker;

import io.ppmq.topic.BatchLimits;

/**
 * What the configuration says of a subscriber, as far as the broker itself is concerned.
 *
 * @param name the subscriber's name
 * @param limits how much goes into one push
 */
public record SubscriberSettings(String name, BatchLimits limits) {}
