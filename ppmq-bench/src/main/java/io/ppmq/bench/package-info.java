/**
 * The real broker under load, with a process for the producers and one for the subscribers: how
 * many messages it carries, how long they take, and what that costs in processor time, memory and
 * disk. {@code ./ppmq-bench} runs it. What is here is also what {@code bench/compare} puts other
 * brokers under, through a {@link io.ppmq.bench.Driver} and a {@link io.ppmq.bench.Server} of
 * theirs.
 */
@NullMarked
package io.ppmq.bench;

import org.jspecify.annotations.NullMarked;
