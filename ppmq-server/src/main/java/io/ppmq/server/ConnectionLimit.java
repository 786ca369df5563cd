package io.ppmq.server;

import java.util.List;
import java.util.concurrent.TimeUnit;
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

  private static final int RESERVED_MAX = 32;

  /**
   * With fewer connections their users are not looked up, which takes longer than to accept a
   * connection.
   */
  private static final int FEW = 1024;

  private final int max;
  private final int reserved;
  private final UserShares users;
  private boolean allKnown;
  private boolean said;
  private long saidNanos;
  private long closed;

  /**
   * A limit.
   *
   * @param filesMax the number of connections that the limit of open files allows
   */
  ConnectionLimit(int filesMax, UserShares users) {
    this.max = (int) Math.min(filesMax, Runtime.getRuntime().maxMemory() / CONNECTION_BYTES);
    this.reserved = Math.min(RESERVED_MAX, max / 8);
    this.users = users;
  }

  /** The most open connections, with those reserved for root and the broker's user. */
  int max() {
    return max;
  }

  /** Whether another file may be open: closed connections may not have freed their file yet. */
  boolean hasRoom(int files) {
    return files < max + reserved;
  }

  /** Whether this many connections exceed the bound for users without a reserve. */
  boolean isReached(int open) {
    return open > max - reserved;
  }

  /**
   * Admits a connection. If there are too many, closes another one, or this one.
   *
   * @param open the number of open connections, with this one
   */
  void letIn(Connection newcomer, int open, Supplier<List<Connection>> all) {
    if (open <= Math.min(FEW, (max - reserved) / 2)) {
      allKnown = false;
      return;
    }
    UserShare user = newcomer.user();
    if (open > (user.isReserved() ? max : max - reserved)) {
      if (!allKnown) {
        all.get().forEach(Connection::user);
        allKnown = true;
      }
      UserShare largest = largest(user.isReserved());
      Connection worst = largest == null ? null : largest.worst(newcomer);
      say(open - 1, largest == null ? user : largest);
      (worst == null ? newcomer : worst).close();
      closed++;
    }
  }

  private @Nullable UserShare largest(boolean forReserved) {
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
