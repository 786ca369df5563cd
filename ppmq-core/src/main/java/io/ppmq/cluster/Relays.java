package io.ppmq.cluster;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * Where bytes from another node go on this one. Each call gives a connected channel, which the
 * cluster owns from then on: it makes it non-blocking, copies bytes both ways, and closes it. The
 * end of one side's bytes is passed on as such, and so is a reset. Called on threads of the
 * cluster; a call may block for a second. What it throws ends the relayed connection, and its
 * message is told the other node.
 */
public interface Relays {
  /** To our own broker, as the user of the caller. Only the leader is asked. */
  SocketChannel values(Caller caller) throws IOException;

  /** To our own admin interface. Only the leader is asked. */
  SocketChannel admin(Caller caller) throws IOException;

  /**
   * To the socket of a subscriber on this machine, after a look at whose it is. Any node is asked.
   */
  SocketChannel subscriber(String subscriber) throws IOException;
}
