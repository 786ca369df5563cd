package io.ppmq.server;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shares of all connected users. For the listener's thread. */
final class UserShares {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final Map<UserPrincipal, UserShare> byUser = new HashMap<>();
  private final UserShare withoutUser = new UserShare("TCP connections", false);
  private final Set<UserPrincipal> reserved = new HashSet<>();

  /** No shares yet. */
  UserShares() {
    try {
      reserved.add(Files.getOwner(Path.of("/proc/self")));
      reserved.add(
          FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0"));
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("nothing is reserved for root and the broker's user: {}", e.getMessage());
    }
  }

  /** The share of the user at the other end. Asks the system, which takes a while. */
  UserShare of(SocketChannel channel) {
    try {
      if (channel.getLocalAddress() instanceof UnixDomainSocketAddress) {
        return byUser.computeIfAbsent(
            channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user(),
            user -> new UserShare("user " + user.getName(), reserved.contains(user)));
      }
    } catch (IOException gone) {
      return withoutUser;
    }
    return withoutUser;
  }

  /** The share of a user who connected to another node. */
  UserShare of(PeerUser onNode) {
    UserPrincipal user = onNode.user();
    return user == null
        ? withoutUser
        : byUser.computeIfAbsent(
            user, known -> new UserShare("user " + known.getName(), isReserved(known.getName())));
  }

  private boolean isReserved(String name) {
    return reserved.stream().anyMatch(user -> user.getName().equals(name));
  }

  Collection<UserShare> all() {
    return byUser.values();
  }

  UserShare withoutUser() {
    return withoutUser;
  }

  /** Forgets users without a connection. */
  void tidy() {
    byUser.values().removeIf(share -> share.connections() == 0 && share.log.isFresh());
  }
}
