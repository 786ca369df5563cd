package io.ppmq.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber: a name that messages are sent to.
 *
 * @param name the name for topics and acknowledgements
 * @param socket the address on which it listens; null if it only subscribes over its own
 *     connections
 * @param batchSize the most messages in one push, 1 to {@link #BATCH_SIZE_MAX}
 * @param redeliverOnClose whether messages in flight are redelivered when its connection closes
 * @param connections the most connections to the socket, 1 to {@link #CONNECTIONS_MAX}
 * @param user the unix users that may be this subscriber, by name or number; empty means every user
 *     who can open the sockets
 * @param nodes the nodes of a cluster that may have the socket, in the order to try; empty means
 *     all
 */
public record SubscriberConfig(
    String name,
    @Nullable Address socket,
    int batchSize,
    boolean redeliverOnClose,
    int connections,
    List<String> user,
    List<String> nodes) {
  /** The value of {@code BatchSize} if it is absent or 0, as in the Go package. */
  public static final int BATCH_SIZE_DEFAULT = 50;

  /** Each connection may be a process, so a larger number is a mistake. */
  public static final int CONNECTIONS_MAX = 1000;

  /** The broker remembers each message of a batch in flight, so a larger number is a mistake. */
  public static final int BATCH_SIZE_MAX = 1_000_000;

  /**
   * A subscriber for every user who can open the sockets, which may close its connection and
   * acknowledge later.
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
