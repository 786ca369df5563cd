package io.ppmq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many files this process may have open, and who gets them. Connections get the rest after the
 * store, the subscribers and the admin interface: a store that cannot open its next file holds up
 * all clients, while a connection that is refused is one client.
 */
final class OpenFiles {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final String LIMIT = "Max open files";

  /** The store's tables and logs, and a dozen each for the admin interface and for the JVM. */
  private static final int RESERVED = 64 + 16 + 24;

  /** For limits so low that nothing is left. */
  private static final int CONNECTIONS_MIN = 8;

  private static final int CONNECTIONS_FEW = 100;

  private OpenFiles() {}

  /**
   * How many connections may be open at once, given what is open now. Says so when these are few.
   * Where the system does not tell its limit there is none.
   */
  static int leftForConnections(int subscribers) {
    try {
      return leftForConnections(limit(Files.readString(LIMITS)), openNow(), subscribers);
    } catch (IOException e) {
      LOG.debug("nothing is known of open files: {}", e.getMessage());
      return Integer.MAX_VALUE;
    }
  }

  private static int leftForConnections(long limit, long openNow, int subscribers) {
    long left = limit - openNow - RESERVED - subscribers;
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

  /** The limit in the text of {@code /proc/self/limits}; the JVM has raised its own to it. */
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
