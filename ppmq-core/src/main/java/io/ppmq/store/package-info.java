/**
 * The stored data of a topic, in the terms of queues: logs of entries, messages kept under their
 * keys, each subscriber's progress, and a moment at which all of it is committed together.
 *
 * <p>{@link io.ppmq.store.Store} is the port; its implementations live in packages of their own and
 * are named only where a broker is put together. The stored forms ({@link io.ppmq.store.Entry},
 * {@link io.ppmq.store.KeyedMessage}, {@link io.ppmq.store.Progress}) are the same for all of them
 * and are drawn in the Javadoc of the class that reads them.
 */
@NullMarked
package io.ppmq.store;

import org.jspecify.annotations.NullMarked;
