package io.ppmq.server;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs refusals at a bounded rate, for each user and in total. Counts refusals that are not logged,
 * and logs the count later. For the listener's thread.
 */
final class RefusalLog {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long SUMMARY_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int REASON_CHARS_MAX = 500;

  private final LogAllowance all = new LogAllowance(LogAllowance.ALL_BURST, LogAllowance.ALL_NANOS);
  private final UserShares users;
  private long summaryAtNanos = System.nanoTime();

  RefusalLog(UserShares users) {
    this.users = users;
  }

  /** A value, or the rest of a connection, is refused. */
  void refused(UserShare user, String peer, long offset, String reason, String last) {
    long now = System.nanoTime();
    if (user.log.isAllowed(now) && all.isAllowed(now)) {
      user.log.take(now);
      all.take(now);
      LOG.warn("refused from {} at byte {}: {}{}", peer, offset, cut(reason), last);
    } else {
      user.log.suppress();
    }
  }

  /** A connection is closed because its answers are not read. */
  void unread(UserShare user, long bytes) {
    long now = System.nanoTime();
    if (user.log.isAllowed(now) && all.isAllowed(now)) {
      user.log.take(now);
      all.take(now);
      LOG.warn(
          "a connection of {} is closed: it does not read its answers, {} bytes, and memory for"
              + " answers is scarce",
          user,
          bytes);
    } else {
      user.log.suppress();
    }
  }

  private static String cut(String reason) {
    return reason.length() <= REASON_CHARS_MAX
        ? reason
        : reason.substring(0, REASON_CHARS_MAX) + "…";
  }

  /** Logs how many refusals were not logged, from time to time. */
  void summarize() {
    long now = System.nanoTime();
    if (now - summaryAtNanos < 0) {
      return;
    }
    summaryAtNanos = now + SUMMARY_NANOS;
    users.all().forEach(RefusalLog::summarize);
    summarize(users.withoutUser());
  }

  private static void summarize(UserShare user) {
    long count = user.log.takeSuppressed();
    if (count > 0) {
      LOG.warn("refused {} more from {}, which are not logged one by one", count, user);
    }
  }
}
