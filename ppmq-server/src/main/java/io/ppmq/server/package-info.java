/**
 * The process, which puts the program together. A listener reads producers and the acknowledgements
 * of subscribers, a loop pushes batches to the sockets of subscribers, and {@link
 * io.ppmq.server.Server} starts and stops all of it.
 */
@NullMarked
package io.ppmq.server;

import org.jspecify.annotations.NullMarked;
