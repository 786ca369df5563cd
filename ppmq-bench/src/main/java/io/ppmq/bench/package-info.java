/**
 * Measures the broker under load, with a process for the producers and one for the subscribers: the
 * throughput, the latencies, and the cost in processor time, memory and disk. {@code ./ppmq-bench}
 * runs it. {@code bench/compare} puts other brokers under the same load, through a {@link
 * io.ppmq.bench.Driver} and a {@link io.ppmq.bench.Server} for each.
 */
@NullMarked
package io.ppmq.bench;

import org.jspecify.annotations.NullMarked;
