/**
 * A simulation of the whole broker: writer, topics, syncer, timers, links, store, subscribers and
 * producers on one thread with a clock of its own. Faults come in through the ports that the
 * program has anyway, and after each event {@link io.ppmq.sim.Expectations} looks whether the
 * promises hold. A life is repeated exactly by its seed.
 */
package io.ppmq.sim;
