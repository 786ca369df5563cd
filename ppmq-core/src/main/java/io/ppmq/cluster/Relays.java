package io.ppmq.cluster;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * The destinations on this node for bytes from another node. Each call returns a connected channel,
 * which the cluster owns from then on: it makes it non-blocking, copies bytes both ways, and closes
 * it. The end of one side's bytes is passed on as such, and so is a reset. Called on threads of the
 * cluster; a call may block for a second. An exception ends the relayed connection, and its message
 * goes to the other node.
 */
public interface Relays {
  /** Connects to our own broker, as the user of the caller. Called only on the leader. */
  SocketChannel values(Caller caller) throws IOException;

  /** Connects to our own admin interface. Called only on the leader. */
  SocketChannel admin(Caller caller) throws IOException;

  /**
   * Connects to the socket of a subscriber on this machine, after a check of its owner. Called on
   * any node.
   */
  SocketChannel subscriber(String subscriber) throws IOException;
}
