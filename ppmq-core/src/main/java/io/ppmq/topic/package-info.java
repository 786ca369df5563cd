/**
 * The domain: topics, the queue of each subscriber, and the batches chosen from them.
 *
 * <p>Everything here computes on the content of a {@link io.ppmq.store.TopicStore}: a command, the
 * state and the time go in, a changed state comes out. Nothing here asks a clock, draws a random
 * number, sleeps, logs, locks, or knows of threads and sockets; one thread owns a topic and all its
 * queues.
 */
@NullMarked
package io.ppmq.topic;

import org.jspecify.annotations.NullMarked;
