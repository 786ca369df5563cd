package io.ppmq.load;

import org.HdrHistogram.Histogram;

/**
 * The result of a producer.
 *
 * @param messages the number of published messages, without those that end a run
 * @param nanos the time from the first message until all were written, and confirmed if the pace
 *     asks for that
 * @param refused the number of values that the broker refused
 * @param confirmNanos the times of values from the moment they were due until their confirm
 */
public record Published(long messages, long nanos, long refused, Histogram confirmNanos) {}
