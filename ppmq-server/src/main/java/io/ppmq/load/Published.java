package io.ppmq.load;

import org.HdrHistogram.Histogram;

/**
 * What a producer has done.
 *
 * @param messages how many it published, not counting those that end a run
 * @param nanos from the first until all were written, and confirmed where that was asked for
 * @param refused how many values the broker refused
 * @param confirmNanos how long values took from the moment they were due until their confirm
 */
public record Published(long messages, long nanos, long refused, Histogram confirmNanos) {}
