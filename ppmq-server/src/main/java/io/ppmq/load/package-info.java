/**
 * A load of producers and subscribers on the sockets of a running broker, and its cost: the
 * latencies of messages, and the resources that the broker's process uses. {@code ppmq bench} and
 * the benchmarks use it; a broker never loads it.
 *
 * <p>It is lean rather than general, because it shares the processors with the broker that it
 * measures: values are made once and only their numbers change, and batches are read by their known
 * shape. Programs use {@code io.ppmq.client}.
 */
@NullMarked
package io.ppmq.load;

import org.jspecify.annotations.NullMarked;
