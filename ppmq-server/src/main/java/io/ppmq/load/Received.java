package io.ppmq.load;

import org.HdrHistogram.Histogram;

/**
 * The result of a subscriber.
 *
 * @param messages the number of delivered and acknowledged messages, without those that end a run
 * @param batches the number of batches
 * @param nanos the time from the first batch until the last acknowledgement was confirmed
 * @param deliveryNanos the times of messages from the moment they were due until they were read
 */
public record Received(long messages, long batches, long nanos, Histogram deliveryNanos) {}
