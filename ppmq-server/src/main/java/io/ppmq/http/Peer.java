package io.ppmq.http;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The user at the other end of a connection.
 *
 * @param user null over TCP, where the user is not known
 * @param trusted whether it is root or the broker's user, for whom places are reserved
 */
record Peer(@Nullable UserPrincipal user, boolean trusted) {
  private static final String ROOT = "root";

  /** The user who made the listening socket; null for a TCP port. */
  static @Nullable UserPrincipal owner(ServerSocketChannel listening) throws IOException {
    return listening.getLocalAddress() instanceof UnixDomainSocketAddress unix
            && Files.exists(unix.getPath())
        ? Files.getOwner(unix.getPath())
        : null;
  }

  /** The peer of a connection to the socket that {@code owner} made. */
  static Peer of(SocketChannel channel, @Nullable UserPrincipal owner) throws IOException {
    if (!(channel.getLocalAddress() instanceof UnixDomainSocketAddress)) {
      return new Peer(null, false);
    }
    UserPrincipal user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    return new Peer(user, user.equals(owner) || user.getName().equals(ROOT));
  }
}
