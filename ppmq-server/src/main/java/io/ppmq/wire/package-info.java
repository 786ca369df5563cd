/**
 * The traffic of the sockets: the JSON values that producers and subscribers send, cut from a
 * stream of bytes and read into {@link io.ppmq.wire.Request}s, and the batches and answers that the
 * broker sends. No I/O, no threads and no clock; this package does not check whether a named topic
 * exists.
 */
@NullMarked
package io.ppmq.wire;

import org.jspecify.annotations.NullMarked;
