/**
 * The broker as a whole: commands come in, one thread applies them to topics and commits them
 * together, batches go out to subscribers, and confirms follow when what they confirm is safe.
 *
 * <p>{@link io.ppmq.broker.Broker} is what others embed. What it needs of the world comes in
 * through a {@link io.ppmq.store.Store} and the ports in {@link io.ppmq.broker.port}. {@link
 * io.ppmq.broker.Writer} is the single-threaded middle, which a simulation can drive by hand. It
 * calls the chapters in the order of its turn: {@link io.ppmq.broker.intake}, {@link
 * io.ppmq.broker.upkeep}, {@link io.ppmq.broker.commit}, {@link io.ppmq.broker.delivery}; what one
 * hands to the next lies in {@link io.ppmq.broker.turn}.
 */
@NullMarked
package io.ppmq.broker;

import org.jspecify.annotations.NullMarked;
