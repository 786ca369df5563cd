package io.ppmq.server;

import io.ppmq.wire.InputBudget;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The share of a unix user in the broker's socket: connections, unfinished input, unread answers,
 * time and lines of the log. All connections over TCP, which have no user, have one share. For the
 * listener's thread.
 */
final class UserShare {
  /** The number of connections to examine to find one to close. */
  private static final int LOOKED_AT_MAX = 64;

  final InputBudget.Share input;
  final ReadQueue.Slice slice = new ReadQueue.Slice();
  final LogAllowance log = new LogAllowance(LogAllowance.USER_BURST, LogAllowance.USER_NANOS);
  long answerBytes;

  private final String name;
  private final boolean reserved;
  private int connections;

  /** In about the order in which they were last seen at work. */
  private final ArrayDeque<Connection> strangers = new ArrayDeque<>();

  private final ArrayDeque<Connection> known = new ArrayDeque<>();

  /**
   * An unused share.
   *
   * @param name the name for sentences
   * @param reserved whether it is the share of root or of the broker's user
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
   * The connection whose close does the least harm: one that has never sent a whole value before
   * one that has; of these the one silent longest. If all are at work, it is one of them where the
   * newcomer is of a user with fewer connections; a value of it that is held is carried out all the
   * same. Otherwise null.
   *
   * <p>Many connections that arrive at once have not been read yet, and must not displace one that
   * has sent values: of these the newcomer is closed, or the first if the newcomer is of another
   * user.
   *
   * @param newcomer the connection that needs the place; null if there is none
   */
  @Nullable Connection worst(@Nullable Connection newcomer) {
    Connection stranger = longestSilent(strangers);
    if (stranger != null) {
      return stranger;
    }
    Connection unread = firstStrangerBeside(newcomer);
    if (unread != null) {
      return newcomer != null && newcomer.user() == this ? newcomer : unread;
    }
    Connection silent = longestSilent(known);
    Connection idle = silent != null ? silent : firstWorkerBeside(newcomer);
    boolean another = newcomer != null && newcomer.user().connections < connections;
    return idle == null && another ? firstKnown() : idle;
  }

  private @Nullable Connection firstKnown() {
    for (Connection connection : known) {
      if (!connection.isClosed()) {
        return connection;
      }
    }
    return null;
  }

  /** A worker is silent while there are no messages for it, so it comes after all others. */
  private @Nullable Connection firstWorkerBeside(@Nullable Connection newcomer) {
    for (Connection connection : known) {
      if (connection != newcomer && !connection.isClosed() && connection.isWorker()) {
        return connection;
      }
    }
    return null;
  }

  private @Nullable Connection firstStrangerBeside(@Nullable Connection newcomer) {
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
