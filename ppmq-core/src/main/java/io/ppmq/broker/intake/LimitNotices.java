package io.ppmq.broker.intake;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.Topic;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reports events at the limits of topics, at a bounded rate: the first one at once, and after that
 * their number, at most once a minute for each topic and kind.
 */
public final class LimitNotices {
  private static final long PAUSE_NANOS = 60_000_000_000L;

  private final Timers timers;
  private final Refusals refusals;
  private final BrokerEvents events;
  private final Map<String, Tally> tallies = new HashMap<>();

  public LimitNotices(Timers timers, Refusals refusals, BrokerEvents events) {
    this.timers = timers;
    this.refusals = refusals;
    this.events = events;
  }

  /** An event that is reported with its number of occurrences. */
  private interface Notice {
    void tell(long count);
  }

  void rejected(Topic topic, long count, Turn turn) {
    refusals.add(Refusals.Reason.FULL, count);
    String bound = bound(topic);
    add("rejected", topic, count, turn, n -> events.rejected(topic.settings().name(), bound, n));
  }

  public void evicted(Topic topic, long count, Turn turn) {
    String bound = bound(topic);
    add("evicted", topic, count, turn, n -> events.evicted(topic.settings().name(), bound, n));
  }

  void blocked(Topic topic, Turn turn) {
    String bound = bound(topic);
    add("blocked", topic, 1, turn, n -> events.blocked(topic.settings().name(), bound, n));
  }

  public void died(
      Topic topic, String subscriber, @Nullable String deadLetter, long count, Turn turn) {
    add(
        "died " + subscriber,
        topic,
        count,
        turn,
        n -> events.died(topic.settings().name(), subscriber, deadLetter, n));
  }

  private static String bound(Topic topic) {
    return topic.settings().limits().bound();
  }

  private void add(String kind, Topic topic, long count, Turn turn, Notice notice) {
    if (count > 0) {
      tallies
          .computeIfAbsent(kind + " " + topic.settings().name(), key -> new Tally())
          .add(count, turn, notice);
    }
  }

  /** The number of occurrences that are not reported yet. */
  private final class Tally {
    private long untold;
    private boolean paused;

    void add(long count, Turn turn, Notice notice) {
      untold += count;
      if (!paused) {
        tell(turn, notice);
      }
    }

    private void tell(Turn turn, Notice notice) {
      long count = untold;
      untold = 0;
      paused = count > 0;
      if (paused) {
        notice.tell(count);
        timers.at(turn.nowNanos() + PAUSE_NANOS, due -> tell(due, notice));
      }
    }
  }
}
