package io.ppmq.server;

import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/**
 * The destination of the connections to a node's socket. Called on the thread of its {@link
 * Doorway}.
 */
interface Onward {
  /**
   * Takes over a connection from which nothing was read, and closes it.
   *
   * @param back called, on any thread, if there is no destination: the connection is then unchanged
   */
  void take(SocketChannel accepted, Runnable back);

  /**
   * Connects to the destination as the user of this connection. Never blocks; the resulting channel
   * is blocking, and the caller's.
   */
  CompletableFuture<SocketChannel> connect(SocketChannel accepted);
}
