/**
 * Gives the same work to ppMQ and to the brokers that its users would choose instead: one producer,
 * one subscriber, every message acknowledged, on disk. Each {@link io.ppmq.compare.Contestant} is a
 * broker in one class of durability, with a client library in common use. {@code bench/compare/run}
 * runs the comparison.
 */
@NullMarked
package io.ppmq.compare;

import org.jspecify.annotations.NullMarked;
