package io.ppmq.server;

import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The user that holds the socket of a subscriber with a rule about users. The broker checks the
 * owner of the file before it connects, so that it never connects to another user's socket. Then
 * the connection tells the listening user, and the path must still lead to the same file. The
 * socket of a service that systemd starts has root as its listener, so root may listen, but must
 * not own the file.
 */
final class SocketOwner {
  private static final int TOPICS_SHOWN_MAX = 3;
  private static final String ROOT = "root";
  private static final String OWN = System.getProperty("user.name");

  private final Address address;
  private final String subscriber;
  private final Users users;
  private @Nullable SocketRoute route;

  /** The socket of a subscriber for these users. */
  SocketOwner(Address address, String subscriber, List<String> users) {
    this.address = address;
    this.subscriber = subscriber;
    this.users = new Users(users);
  }

  /**
   * Why the broker must not connect to the socket; null if it may.
   *
   * @param topics the topics that are not pushed in that case
   * @throws IOException if there is no such file, or its owner is not known
   */
  @Nullable String refusalOfFile(List<String> topics) throws IOException {
    if (!(address instanceof Address.Unix unix)) {
      return refusal(address + " is a TCP socket, has no owner, and", topics);
    }
    SocketRoute found = route(unix);
    route = found;
    UserPrincipal owner = found.end().owner();
    if (!users.has(owner)) {
      return refusal("socket " + address + " belongs to user " + owner.getName() + ", who", topics);
    }
    return found.fault() == null ? null : "socket " + address + ": " + found.fault();
  }

  private SocketRoute route(Address.Unix unix) throws IOException {
    try {
      return SocketRoute.of(unix.path(), this::isTrusted);
    } catch (NoSuchFileException e) {
      throw new IOException("No such file or directory", e); // the message of a failed connect
    }
  }

  private boolean isTrusted(DirectoryEntry entry) {
    return entry.isRoots() || entry.owner().getName().equals(OWN) || users.has(entry.owner());
  }

  /** Why the broker must not write to the listening process; null if it may. */
  @Nullable String refusalOfListener(SocketChannel connected, List<String> topics) {
    PeerUser listener = new PeerUser(connected);
    UserPrincipal user = listener.user();
    if (user == null || !(users.has(user) || user.getName().equals(ROOT))) {
      return refusal("on socket " + address + " listens " + listener + ", who", topics);
    }
    return isSame() ? null : "socket " + address + " was replaced while it was connected to";
  }

  /** Whether the files are the same as before the connection was made. */
  private boolean isSame() {
    try {
      return address instanceof Address.Unix unix && route(unix).equals(route);
    } catch (IOException e) {
      return false;
    }
  }

  private String refusal(String who, List<String> topics) {
    return who
        + " may not receive "
        + shown(topics)
        + " as subscriber \""
        + subscriber
        + "\": its User "
        + users;
  }

  private static String shown(List<String> topics) {
    String shown =
        topics.stream()
            .limit(TOPICS_SHOWN_MAX)
            .map(topic -> '"' + topic + '"')
            .collect(Collectors.joining(", ", topics.size() == 1 ? "topic " : "topics ", ""));
    int more = topics.size() - TOPICS_SHOWN_MAX;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }
}
