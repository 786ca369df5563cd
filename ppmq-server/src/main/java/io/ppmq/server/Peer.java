package io.ppmq.server;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** Names the peer of a connection, for the log. */
final class Peer {
  private Peer() {}

  /** The unix user of a unix socket's peer, or the address of a TCP peer. */
  static String of(SocketChannel channel) {
    try {
      if (channel.getLocalAddress() instanceof UnixDomainSocketAddress) {
        return "user " + channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
      }
      return String.valueOf(channel.getRemoteAddress());
    } catch (IOException gone) {
      return "a peer that is gone";
    }
  }
}
