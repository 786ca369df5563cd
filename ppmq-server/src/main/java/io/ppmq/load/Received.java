package io.ppmq.load;

import org.HdrHistogram.Histogram;

/**
 * What a subscriber has got.
 *
 * @param messages how many were delivered, and acknowledged, not counting those that end a run
 * @param batches in how many batches
 * @param nanos from the first batch until the last acknowledgement was confirmed
 * @param deliveryNanos how long messages took from the moment they were due until they were read
 */
public record Received(long messages, long batches, long nanos, Histogram deliveryNanos) {}
