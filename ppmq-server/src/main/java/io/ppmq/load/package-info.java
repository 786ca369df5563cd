/**
 * A load for a running broker, as its producers and subscribers would put it there over its
 * sockets, and a look at what it costs: how long messages take, and what the broker's process uses
 * meanwhile. {@code ppmq bench} and the benchmarks are made of it; a broker never loads it.
 *
 * <p>It is lean rather than general, because it shares the processors with the broker that it
 * measures: values are made once and only their numbers change, and batches are read by their known
 * shape. Programs use {@code io.ppmq.client}.
 */
@NullMarked
package io.ppmq.load;

import org.jspecify.annotations.NullMarked;
