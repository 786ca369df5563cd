package io.ppmq.broker.commit;

import java.util.concurrent.TimeUnit;

/**
 * The time for which a commit is not begun, so that it holds more.
 *
 * <p>A commit that other machines keep too costs all of them the same however many messages it
 * holds. Most producers publish again when a commit has confirmed what they published before. A
 * commit that is begun at once finds none of that yet: producers then divide into two groups, each
 * of which waits for the commits of the other, and each message is in a commit of half the size. So
 * the next commit is begun when as many requests have come as were confirmed, or after twice the
 * time that the last commit took. A producer would wait for most of that time anyway, had the next
 * commit been begun without its request.
 *
 * <p>Where fewer than half of the requests come in time, the following commits are begun at once,
 * until another trial. Owned by the writer's thread.
 */
final class Gathering {
  private static final int COMMITS = 2;
  private static final long NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

  /** After a trial that was in vain, as many commits pass before the next. */
  private static final int COMMITS_TO_TRIAL = 32;

  private boolean on;
  private int first;
  private int expected;
  private long untilNanos;
  private int commitsToTrial;

  /**
   * A commit has come to its end.
   *
   * @param confirmed how many requests it confirmed
   * @param waiting how many wait for the next one already
   * @param commitNanos how long it took
   */
  void begin(int confirmed, int waiting, long commitNanos, long nowNanos) {
    if (confirmed == 0) {
      return; // nobody waited
    }
    if (commitsToTrial > 0) {
      commitsToTrial--;
      return;
    }
    on = true;
    first = waiting;
    expected = confirmed;
    untilNanos = nowNanos + Math.min(COMMITS * commitNanos, NANOS_MAX);
  }

  boolean isOn() {
    return on;
  }

  /**
   * Looks whether the next commit is to be begun.
   *
   * @param waiting how many requests wait for it
   */
  void look(int waiting, long nowNanos) {
    if (!on) {
      return;
    }
    int came = waiting - first;
    if (came >= expected) {
      end();
    } else if (untilNanos - nowNanos <= 0) {
      end();
      if (2 * came < expected) {
        commitsToTrial = COMMITS_TO_TRIAL;
      }
    }
  }

  /** The next commit is begun, whatever has come. */
  void end() {
    on = false;
  }

  /** For how long {@link #look} has nothing to do, unless more requests come; at least 0. */
  long nanosLeft(long nowNanos) {
    return Math.max(0, untilNanos - nowNanos);
  }
}
