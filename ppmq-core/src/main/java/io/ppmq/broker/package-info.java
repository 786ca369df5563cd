/**
 * The broker as a whole: commands come in, one thread applies them to topics and commits them
 * together, batches go out to subscribers, and confirms follow when what they confirm is safe.
 *
 * <p>{@link io.ppmq.broker.Broker} is what others embed. What it needs of the world comes in
 * through ports: a {@link io.ppmq.store.Store}, a {@link io.ppmq.broker.Clock}, {@link
 * io.ppmq.broker.Senders} and {@link io.ppmq.broker.BrokerEvents}. {@link io.ppmq.broker.Writer} is
 * the single-threaded middle, which a simulation can drive by hand.
 */
@NullMarked
package io.ppmq.broker;

import org.jspecify.annotations.NullMarked;
