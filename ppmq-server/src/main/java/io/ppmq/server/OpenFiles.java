package io.ppmq.server;

import io.ppmq.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Divides the files that this process may have open. Connections get what the store, the
 * subscribers and the admin interface leave: a store that cannot open its next file holds up all
 * clients, a refused connection is one client.
 */
final class OpenFiles {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final String LIMIT = "Max open files";

  /** Files for the store's tables and logs, for the admin interface and for the JVM. */
  private static final int RESERVED = 64 + 16 + 24;

  /** The least number of connections, for limits so low that nothing is left. */
  private static final int CONNECTIONS_MIN = 8;

  private static final int CONNECTIONS_FEW = 100;

  private OpenFiles() {}

  /**
   * The number of connections that may be open at once, given the files that are open now and the
   * connections that the broker may open to the sockets of subscribers. Logs a small number.
   * Without a limit from the system there is no bound.
   */
  static int leftForConnections(Config config) {
    try {
      return leftForConnections(
          limit(Files.readString(LIMITS)), openNow(), Recipient.connectionsMax(config));
    } catch (IOException e) {
      LOG.debug("nothing is known of open files: {}", e.getMessage());
      return Integer.MAX_VALUE;
    }
  }

  private static int leftForConnections(long limit, long openNow, int toSubscribers) {
    long left = limit - openNow - RESERVED - toSubscribers;
    if (left < CONNECTIONS_FEW) {
      LOG.warn(
          "the limit of {} open files has room for only {} connections (LimitNOFILE, ulimit -n)",
          limit,
          Math.max(left, CONNECTIONS_MIN));
    }
    return (int) Math.max(CONNECTIONS_MIN, Math.min(left, Integer.MAX_VALUE));
  }

  private static long openNow() throws IOException {
    try (Stream<Path> files = Files.list(OPEN)) {
      return files.count();
    }
  }

  /** The soft limit in {@code /proc/self/limits}, which the JVM has raised to the hard one. */
  private static long limit(String limits) {
    String soft =
        limits
            .lines()
            .filter(line -> line.startsWith(LIMIT))
            .map(line -> line.replaceAll("\\D+(\\d+)\\D.*", "$1"))
            .findFirst()
            .orElse("");
    return soft.matches("[0-9]{1,18}") ? Long.parseLong(soft) : Integer.MAX_VALUE;
  }
}
