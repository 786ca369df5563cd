package io.ppmq.server;

import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Divides the files that this process may have open. Connections get what the store and the admin
 * interface leave: a store that cannot open its next file holds up all clients, a refused
 * connection is one client.
 *
 * @param limit the limit of open files
 * @param left the files for connections
 */
record OpenFiles(long limit, long left) {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final String LIMIT = "Max open files";

  /** Files for the store's tables and logs, for the admin interface and for the JVM. */
  private static final int RESERVED = 64 + 16 + 24;

  /** The least number of connections, for limits so low that nothing is left. */
  private static final int CONNECTIONS_MIN = 8;

  /** Producers get this number, or half of the rest, before sockets get any. */
  private static final int CONNECTIONS_FEW = 100;

  /**
   * The shares of both kinds of connections.
   *
   * @param accepted the most connections to the broker's socket
   * @param toSockets the most connections to the sockets of subscribers
   * @param toEach the most of these to one socket
   */
  record Shares(int accepted, int toSockets, int toEach) {}

  /** With the files that are open now. Without a limit from the system there is no bound. */
  static OpenFiles now() {
    try {
      long limit = limit(Files.readString(LIMITS));
      return new OpenFiles(limit, limit - openNow() - RESERVED);
    } catch (IOException e) {
      LOG.debug("nothing is known of open files: {}", e.getMessage());
      return new OpenFiles(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }
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

  /** The shares under a configuration. Logs how the limit lowers what it asks for. */
  Shares shares(Config config) {
    int[] wanted =
        config.subscribers().stream()
            .filter(subscriber -> subscriber.socket() != null)
            .mapToInt(SubscriberConfig::connections)
            .toArray();
    long all = of(wanted, Integer.MAX_VALUE);
    long forProducers = Math.max(CONNECTIONS_MIN, Math.min(CONNECTIONS_FEW, left / 2));
    long toSockets = Math.max(0, Math.min(all, left - forProducers));
    int toEach = all <= toSockets ? SubscriberConfig.CONNECTIONS_MAX : 1;
    while (of(wanted, toEach + 1) <= toSockets && toEach < SubscriberConfig.CONNECTIONS_MAX) {
      toEach++;
    }
    Shares shares =
        new Shares(
            (int) Math.max(CONNECTIONS_MIN, Math.min(left - toSockets, Integer.MAX_VALUE)),
            (int) Math.max(1, toSockets),
            toEach);
    warn(shares, wanted.length, all);
    return shares;
  }

  private static long of(int[] wanted, int most) {
    long sum = 0;
    for (int one : wanted) {
      sum += Math.min(one, most);
    }
    return sum;
  }

  private void warn(Shares shares, int sockets, long wanted) {
    if (shares.toSockets() < wanted) {
      LOG.warn(
          "the limit of {} open files (LimitNOFILE, ulimit -n) has room for {} of {} connections to"
              + " the sockets of subscribers, beside {} to the broker's socket: {}",
          limit,
          shares.toSockets(),
          wanted,
          shares.accepted(),
          shares.toSockets() < sockets
              ? "not all subscribers can be connected at once"
              : "each subscriber gets at most " + shares.toEach());
    } else if (shares.accepted() < CONNECTIONS_FEW) {
      LOG.warn(
          "the limit of {} open files has room for only {} connections (LimitNOFILE, ulimit -n)",
          limit,
          shares.accepted());
    }
  }
}
