package io.ppmq.server;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Closes connections whose peers do not read their answers, when the memory of all answers is
 * exceeded or scarce: the worst first. For the listener's thread.
 */
final class UnreadAnswers {
  /** A connection whose peer has read nothing for this long can be closed when memory is scarce. */
  private static final long UNREAD_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  private final AnswerBudget budget;
  private final Supplier<List<Connection>> connections;
  private final Runnable writeAll;
  private final RefusalLog log;

  /**
   * @param connections gives all open connections
   * @param writeAll writes the collected answers
   */
  UnreadAnswers(
      AnswerBudget budget,
      Supplier<List<Connection>> connections,
      Runnable writeAll,
      RefusalLog log) {
    this.budget = budget;
    this.connections = connections;
    this.writeAll = writeAll;
    this.log = log;
  }

  /** Closes the worst offenders if there is no room for answers, until there is. */
  void closeIfExceeded() {
    if (budget.isExceeded()) {
      writeAll.run(); // so no peer is closed for answers that only this call holds up
    }
    boolean closed = true;
    while (closed && budget.isExceeded()) {
      closed = closeWorst(connection -> true);
    }
  }

  /** Closes those that have read nothing for long, while there is little room for answers. */
  void closeIfScarce(long nowNanos) {
    boolean closed = true;
    while (closed && budget.isScarce()) {
      closed = closeWorst(its -> its.answers().stuckNanos(nowNanos) > UNREAD_NANOS_MAX);
    }
  }

  /** Closes the connection with the most unread answers, of the user with the most. */
  private boolean closeWorst(Predicate<Connection> among) {
    Connection worst = null;
    for (Connection connection : connections.get()) {
      if (connection.answers().hasUnwritten()
          && among.test(connection)
          && (worst == null || connection.answers().isWorseThan(worst.answers()))) {
        worst = connection;
      }
    }
    if (worst == null) {
      return false;
    }
    log.unread(worst.user(), worst.answers().unwrittenBytes());
    worst.close();
    return true;
  }
}
