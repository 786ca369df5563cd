/**
 * The traffic of the sockets: the JSON values that producers and subscribers send, cut off a stream
 * of bytes and read into {@link io.ppmq.wire.Request}s, and the batches and answers that the broker
 * sends. No I/O, no thread and no clock; whether a named topic exists is not asked here.
 */
@NullMarked
package io.ppmq.wire;

import org.jspecify.annotations.NullMarked;
