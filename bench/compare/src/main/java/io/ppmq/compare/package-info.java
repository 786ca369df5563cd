/**
 * The same work for ppMQ and for what its users would take instead: one producer, one subscriber,
 * every message acknowledged, on disk. Each {@link io.ppmq.compare.Contestant} is a broker in one
 * class of durability, with a client library that its users take. {@code bench/compare/run} runs
 * it.
 */
@NullMarked
package io.ppmq.compare;

import org.jspecify.annotations.NullMarked;
