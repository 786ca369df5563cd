package io.ppmq.server;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound on open connections. If there are more, it closes one of the user with the most: first
 * one that never sent a whole value, and the longest silent of these. Some places are reserved for
 * root and the broker's user. For the listener's thread.
 */
final class ConnectionLimit {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The shortest time between two log lines about a lack of room. */
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** About twice the heap that a connection takes. */
  private static final long CONNECTION_BYTES = 4 << 10;

  private static final int HEAP_CONNECTIONS_MAX =
      (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / CONNECTION_BYTES);

  /**
   * About the heap that a relayed connection takes at each end, with its stream: 12,000 idle ones
   * take 60 MB.
   */
  private static final long RELAYED_BYTES = 8 << 10;

  private static final int RESERVED_MAX = 32;

  /**
   * With fewer connections their users are not looked up, which takes longer than to accept a
   * connection.
   */
  private static final int FEW = 1024;

  private final IntSupplier filesMax;
  private final UserShares users;
  private boolean allKnown;
  private boolean said;
  private long saidNanos;
  private long closed;

  /**
   * A limit.
   *
   * @param filesMax the number of connections that the limit of open files allows now; a reload may
   *     change it
   */
  ConnectionLimit(IntSupplier filesMax, UserShares users) {
    this.filesMax = filesMax;
    this.users = users;
  }

  /** The most connections that a node takes or passes on, of those that its files allow. */
  static int maxOfNode(int filesMax) {
    return (int) Math.min(filesMax, Runtime.getRuntime().maxMemory() / RELAYED_BYTES);
  }

  /** The most open connections, with those reserved for root and the broker's user. */
  int max() {
    return Math.min(filesMax.getAsInt(), HEAP_CONNECTIONS_MAX);
  }

  private static int reserved(int max) {
    return Math.min(RESERVED_MAX, max / 8);
  }

  /** Whether another file may be open: closed connections may not have freed their file yet. */
  boolean hasRoom(int files) {
    int max = max();
    return files < max + reserved(max);
  }

  /** Whether this many connections exceed the bound for users without a reserve. */
  boolean isReached(int open) {
    int max = max();
    return open > max - reserved(max);
  }

  /**
   * Admits a connection. If there are too many, closes another one, or this one.
   *
   * @param open the number of open connections, with this one
   */
  void letIn(Connection newcomer, int open, Supplier<List<Connection>> all) {
    int max = max();
    int forOthers = max - reserved(max);
    if (open <= Math.min(FEW, forOthers / 2)) {
      allKnown = false;
      return;
    }
    UserShare user = newcomer.user();
    if (open > (user.isReserved() ? max : forOthers)) {
      UserShare largest = largest(user.isReserved(), all);
      Connection worst = largest == null ? null : largest.worst(newcomer);
      say(open - 1, largest == null ? user : largest);
      close(worst == null ? newcomer : worst);
    }
  }

  /** Closes the connections that exceed a bound which a reload has lowered. */
  void shrink(int open, Supplier<List<Connection>> all) {
    for (int more = open - max(); more > 0; more--) {
      UserShare largest = largest(true, all);
      Connection worst = largest == null ? null : largest.worst(null);
      if (largest == null || worst == null) {
        return; // all are at work
      }
      say(open, largest);
      close(worst);
    }
  }

  private void close(Connection worst) {
    worst.close();
    closed++;
  }

  private @Nullable UserShare largest(boolean forReserved, Supplier<List<Connection>> all) {
    if (!allKnown) {
      all.get().forEach(Connection::user);
      allKnown = true;
    }
    UserShare largest = users.withoutUser();
    for (UserShare user : users.all()) {
      boolean may = forReserved || !user.isReserved();
      if (may && user.connections() > largest.connections()) {
        largest = user;
      }
    }
    return largest.connections() == 0 ? null : largest;
  }

  private void say(int open, UserShare user) {
    long now = System.nanoTime();
    if (!said || now - saidNanos > LOG_NANOS) {
      said = true;
      saidNanos = now;
      LOG.warn(
          "{} connections are open, the most that open files allow (LimitNOFILE, ulimit -n): one"
              + " of the {} of {} is closed for a new one; {} were closed before",
          open,
          user,
          user.connections(),
          closed);
    }
  }
}
