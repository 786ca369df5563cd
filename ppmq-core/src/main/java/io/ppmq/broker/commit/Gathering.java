package io.ppmq.broker.commit;

import java.util.concurrent.TimeUnit;

/**
 * The wait before a commit begins, so that it holds more.
 *
 * <p>A commit that other machines keep too costs all of them the same however many messages it
 * holds. Most producers publish again when a commit has confirmed what they published before. A
 * commit that begins at once finds none of that yet: producers then divide into two groups, each of
 * which waits for the commits of the other, and each message is in a commit of half the size. So
 * the next commit begins when as many requests have come as were confirmed, or after twice the time
 * of the last commit. A producer would wait for most of that time anyway, had the next commit begun
 * without its request.
 *
 * <p>If fewer than half of the requests come in time, the following commits begin at once, until
 * another trial. Owned by the writer's thread.
 */
final class Gathering {
  private static final int COMMITS = 2;
  private static final long NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

  /** The number of commits without a wait after a trial in vain. */
  private static final int COMMITS_TO_TRIAL = 32;

  private boolean on;
  private int first;
  private int expected;
  private long untilNanos;
  private int commitsToTrial;

  /**
   * A commit has come to its end.
   *
   * @param confirmed the number of requests that it confirmed
   * @param waiting the number of requests that already wait for the next one
   * @param commitNanos its duration
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
   * Checks whether the next commit is to begin.
   *
   * @param waiting the number of requests that wait for it
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

  /** The next commit begins, whatever has come. */
  void end() {
    on = false;
  }

  /** The time for which {@link #look} has nothing to do, unless more requests come; at least 0. */
  long nanosLeft(long nowNanos) {
    return Math.max(0, untilNanos - nowNanos);
  }
}
