package io.ppmq.server;

import io.ppmq.wire.InputBudget;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The share of one unix user in the broker's socket: connections, unfinished input, unread answers,
 * time and lines of the log. Connections over TCP have no user, and are one. For the listener's
 * thread.
 */
final class UserShare {
  /** How many connections are looked at to find one that can go. */
  private static final int LOOKED_AT_MAX = 64;

  final InputBudget.Share input;
  final ReadQueue.Slice slice = new ReadQueue.Slice();
  final LogAllowance log = new LogAllowance(LogAllowance.USER_BURST, LogAllowance.USER_NANOS);
  long answerBytes;

  private final String name;
  private final boolean reserved;
  private int connections;

  /** In the order in which they were last seen at work, about. */
  private final ArrayDeque<Connection> strangers = new ArrayDeque<>();

  private final ArrayDeque<Connection> known = new ArrayDeque<>();

  /**
   * A share that nothing is taken of.
   *
   * @param name to be put into a sentence
   * @param reserved whether it is that of root or of the broker's own user
   */
  UserShare(String name, boolean reserved) {
    this.name = name;
    this.reserved = reserved;
    this.input = new InputBudget.Share(reserved);
  }

  boolean isReserved() {
    return reserved;
  }

  int connections() {
    return connections;
  }

  void add(Connection connection) {
    connections++;
    strangers.add(connection);
  }

  void remove() {
    connections--;
    if (strangers.size() + known.size() > 2 * connections + LOOKED_AT_MAX) {
      strangers.removeIf(Connection::isClosed);
      known.removeIf(Connection::isClosed);
    }
  }

  /**
   * The connection that can be closed with the least harm: one that has never sent a whole value
   * rather than one that has; the one that has been silent longest. Null when all are at work.
   *
   * <p>Many that come at once have not been read yet, and are no reason to close one that has sent
   * values: the last of them to come is closed, or, for a connection of another user, the first.
   *
   * @param newcomer for which one is to be closed
   */
  @Nullable Connection worst(Connection newcomer) {
    Connection stranger = longestSilent(strangers);
    if (stranger != null) {
      return stranger;
    }
    Connection unread = firstStrangerBeside(newcomer);
    if (unread != null) {
      return newcomer.user() == this ? newcomer : unread;
    }
    Connection silent = longestSilent(known);
    return silent != null ? silent : firstWorkerBeside(newcomer);
  }

  /** A worker is silent as long as there is nothing for it: it goes after all others. */
  private @Nullable Connection firstWorkerBeside(Connection newcomer) {
    for (Connection connection : known) {
      if (connection != newcomer && !connection.isClosed() && connection.isWorker()) {
        return connection;
      }
    }
    return null;
  }

  private @Nullable Connection firstStrangerBeside(Connection newcomer) {
    for (Connection stranger : strangers) {
      if (stranger != newcomer && !stranger.isClosed() && !stranger.isKnown()) {
        return stranger;
      }
    }
    return null;
  }

  private @Nullable Connection longestSilent(ArrayDeque<Connection> among) {
    Connection first = null;
    int looks = Math.min(LOOKED_AT_MAX, among.size());
    while (looks > 0 && !among.isEmpty()) {
      Connection connection = among.remove();
      if (connection.isClosed()) {
        continue;
      }
      looks--;
      if (among == strangers && connection.isKnown()) {
        known.add(connection);
        continue;
      }
      among.add(connection);
      if (!connection.isAtWork()) {
        if (!connection.wasAtWorkAgain()) {
          return connection;
        }
        first = first == null ? connection : first;
      }
    }
    return first;
  }

  @Override
  public String toString() {
    return name;
  }
}
