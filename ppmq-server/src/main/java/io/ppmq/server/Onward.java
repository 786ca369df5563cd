package io.ppmq.server;

import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/** Where the connections to a node's socket go. Called on the thread of its {@link Doorway}. */
interface Onward {
  /**
   * Takes a connection of which nothing was read, and closes it.
   *
   * @param back called, on any thread, when it leads nowhere: it is as it was then
   */
  void take(SocketChannel accepted, Runnable back);

  /**
   * Connects to where this connection is to go, as its user. Never blocks; the channel that comes
   * is blocking, and the caller's.
   */
  CompletableFuture<SocketChannel> connect(SocketChannel accepted);
}
