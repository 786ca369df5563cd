package io.ppmq.server;

import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who holds the socket of a subscriber that is for certain users only. The owner of the file is
 * looked at before the broker connects, so that nobody else is even connected to; and who listens
 * is asked of the connection, since the file may be another by then. A service that systemd starts
 * has a socket on which root began to listen, so root may listen, but must not own the file.
 */
final class SocketOwner {
  private static final int TOPICS_SHOWN_MAX = 3;
  private static final String ROOT = "root";

  private final Address address;
  private final String subscriber;
  private final Users users;

  /** The socket of a subscriber, which is for these users. */
  SocketOwner(Address address, String subscriber, List<String> users) {
    this.address = address;
    this.subscriber = subscriber;
    this.users = new Users(users);
  }

  /**
   * Why the socket is not to be connected to; null when it is.
   *
   * @param topics what is not pushed then
   * @throws IOException when there is no such file, or nobody can tell
   */
  @Nullable String refusalOfFile(List<String> topics) throws IOException {
    if (!(address instanceof Address.Unix unix)) {
      return refusal(address + " is a TCP socket, has no owner, and", topics);
    }
    UserPrincipal owner = owner(unix);
    return users.has(owner)
        ? null
        : refusal("socket " + address + " belongs to user " + owner.getName() + ", who", topics);
  }

  private static UserPrincipal owner(Address.Unix unix) throws IOException {
    try {
      return Files.getOwner(unix.path());
    } catch (NoSuchFileException e) {
      throw new IOException("No such file or directory", e); // as connecting would say
    }
  }

  /** Why nothing is to be written to who listens there; null when it is. */
  @Nullable String refusalOfListener(SocketChannel connected, List<String> topics) {
    PeerUser listener = new PeerUser(connected);
    UserPrincipal user = listener.user();
    return user != null && (users.has(user) || user.getName().equals(ROOT))
        ? null
        : refusal("on socket " + address + " listens " + listener + ", who", topics);
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
