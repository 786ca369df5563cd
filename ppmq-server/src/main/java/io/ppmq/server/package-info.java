/**
 * The process: where the program is put together. A listener reads producers and subscribers'
 * acknowledgements, a loop pushes batches to subscribers' sockets, and {@link
 * io.ppmq.server.Server} starts and stops all of it.
 */
@NullMarked
package io.ppmq.server;

import org.jspecify.annotations.NullMarked;
