package io.ppmq.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber: a name to which messages are sent.
 *
 * @param name by which topics and acknowledgements speak of it
 * @param socket where it listens; null where it subscribes over connections of its own alone
 * @param batchSize the most messages in one push, 1 to {@link #BATCH_SIZE_MAX}
 * @param redeliverOnClose whether messages that are out with it are sent again when its connection
 *     closes
 * @param connections how many connections may be kept to the socket at once, 1 to {@link
 *     #CONNECTIONS_MAX}
 * @param user the unix users who may be it, by name or number; none: every user who can open the
 *     sockets
 * @param nodes those of a cluster on which the socket is looked for, in this order; none: all
 */
public record SubscriberConfig(
    String name,
    @Nullable Address socket,
    int batchSize,
    boolean redeliverOnClose,
    int connections,
    List<String> user,
    List<String> nodes) {
  /** {@code BatchSize} when the file names none, or 0, as in the Go package. */
  public static final int BATCH_SIZE_DEFAULT = 50;

  /** Each connection may be a process: more than this is a slip of the pen. */
  public static final int CONNECTIONS_MAX = 1000;

  /** A batch that is out is remembered message by message: more than this is a slip of the pen. */
  public static final int BATCH_SIZE_MAX = 1_000_000;

  /**
   * A subscriber that every user who can open the sockets may be, and that may close its connection
   * and acknowledge later.
   */
  public SubscriberConfig(String name, Address socket, int batchSize) {
    this(name, socket, batchSize, false, 1, List.of(), List.of());
  }

  /** Refuses a bad name or size with an {@link IllegalArgumentException}. */
  public SubscriberConfig {
    Checks.name(name);
    user = List.copyOf(user);
    nodes = List.copyOf(nodes);
    Checks.range("connections", connections, 1, CONNECTIONS_MAX);
    Checks.range("batchSize", batchSize, 1, BATCH_SIZE_MAX);
  }
}
