/**
 * The broker as a whole: commands come in, one thread applies them to topics and commits them
 * together, batches go out to subscribers, and confirms follow when the confirmed data is safe.
 *
 * <p>Programs embed {@link io.ppmq.broker.Broker}. Its connections to the world are a {@link
 * io.ppmq.store.Store} and the ports in {@link io.ppmq.broker.port}. {@link io.ppmq.broker.Writer}
 * is the single-threaded middle, which a simulation can drive by hand. It calls the chapters in the
 * order of its turn: {@link io.ppmq.broker.intake}, {@link io.ppmq.broker.upkeep}, {@link
 * io.ppmq.broker.commit}, {@link io.ppmq.broker.delivery}; the data that one hands to the next lies
 * in {@link io.ppmq.broker.turn}.
 */
@NullMarked
package io.ppmq.broker;

import org.jspecify.annotations.NullMarked;
