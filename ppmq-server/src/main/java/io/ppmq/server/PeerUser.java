package io.ppmq.server;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The unix user at the other end of a connection: who it was when it connected, or began to listen.
 * The system is asked once, when somebody wants to know. Any thread may ask.
 */
final class PeerUser {
  private final SocketChannel channel;
  private @Nullable UserPrincipal user;
  private String name = "";

  /** The user at the other end of a channel that is connected. */
  PeerUser(SocketChannel channel) {
    this.channel = channel;
  }

  /** The user; null when there is none, because it is a TCP connection. */
  synchronized @Nullable UserPrincipal user() {
    if (name.isEmpty()) {
      look();
    }
    return user;
  }

  private void look() {
    try {
      if (channel.getLocalAddress() instanceof UnixDomainSocketAddress) {
        user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        name = "user " + user.getName();
      } else {
        name = "a TCP connection has no user, and";
      }
    } catch (IOException gone) {
      name = "a peer that is gone";
    }
  }

  /** To begin a sentence with, and to be followed by what it may not do. */
  @Override
  public synchronized String toString() {
    if (name.isEmpty()) {
      look();
    }
    return name;
  }
}
