package io.ppmq.server;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The unix user at the other end of a connection, at the time when it connected or began to listen.
 * The system is asked once, when the user is first needed. Any thread.
 */
final class PeerUser {
  private final @Nullable SocketChannel channel;
  private @Nullable UserPrincipal user;
  private String name;

  /** The user at the other end of a connected channel. */
  PeerUser(SocketChannel channel) {
    this(channel, null, "");
  }

  private PeerUser(@Nullable SocketChannel channel, @Nullable UserPrincipal user, String name) {
    this.channel = channel;
    this.user = user;
    this.name = name;
  }

  /** The peer of the admin interface, which is not one of the users. */
  static PeerUser administrator() {
    return new PeerUser(null, null, "an administrator");
  }

  /**
   * The user who connected to another node, which vouches for it.
   *
   * @param user the name; null for a TCP connection
   */
  static PeerUser onNode(String node, @Nullable String user) {
    return user == null
        ? new PeerUser(null, null, "a TCP connection on node " + node + " has no user, and")
        : new PeerUser(null, new NamedUser(user), "user " + user + " on node " + node);
  }

  /** The user; null for a TCP connection. */
  synchronized @Nullable UserPrincipal user() {
    if (name.isEmpty()) {
      look();
    }
    return user;
  }

  private void look() {
    SocketChannel known = requireNonNull(channel);
    try {
      if (known.getLocalAddress() instanceof UnixDomainSocketAddress) {
        user = known.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        name = "user " + user.getName();
      } else {
        name = "a TCP connection has no user, and";
      }
    } catch (IOException gone) {
      name = "a peer that is gone";
    }
  }

  /** The beginning of a sentence that continues with the denied action. */
  @Override
  public synchronized String toString() {
    if (name.isEmpty()) {
      look();
    }
    return name;
  }
}
