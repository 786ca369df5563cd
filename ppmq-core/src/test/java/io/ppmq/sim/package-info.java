/**
 * A simulation of the whole broker: writer, topics, syncer, timers, links, store, subscribers and
 * producers on one thread with a simulated clock. Faults come in through the ports of the program,
 * and after each event {@link io.ppmq.sim.Expectations} checks the promises. A seed repeats a life
 * exactly.
 */
package io.ppmq.sim;
