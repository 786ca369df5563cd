package io.ppmq.broker.upkeep;

import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.TopicMoments;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Entry;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Queues delayed messages when their moments come: in portions, one in each turn, so that publishes
 * and acknowledgements are served meanwhile, however many messages come due at once. The next turn
 * follows at once while there are more.
 *
 * <p>The moments are of the wall clock, which may jump. So it is read at least every second while
 * anything is delayed: messages whose moment is past then come due, and the others stay where they
 * are.
 *
 * <p>A topic that the configuration does not name keeps its delayed messages until it is named
 * again, or purged. Owned by the writer's thread.
 */
public final class ComingDue {
  /** The largest number of messages that come due in one turn. */
  private static final int PORTION = 1000;

  /** Once those that come due have this many bytes, the others wait for the next turn. */
  private static final long PORTION_BYTES = 1 << 20;

  /** The part of it that one topic may take before others have their turn. */
  private static final int SHARE = 250;

  /**
   * Messages that come due are written again. Where that takes the last room, the store must keep
   * up.
   */
  private static final int PORTION_SHORT = 20;

  private static final long PORTION_BYTES_SHORT = 64 << 10;
  private static final long SHORTAGE_PAUSE_NANOS = 100_000_000L;

  private static final long READ_RETRY_NANOS = 1_000_000_000L;
  private static final long WALL_CLOCK_CHECK_NANOS = 1_000_000_000L;

  private final Store store;
  private final Roster roster;
  private final Agenda agenda;
  private final BrokerEvents events;
  private final TopicMoments moments = new TopicMoments();
  private long notBeforeNanos;
  private boolean readFailing;

  public ComingDue(Store store, Roster roster, Agenda agenda, BrokerEvents events, Turn first) {
    this.store = store;
    this.roster = roster;
    this.agenda = agenda;
    this.events = events;
    this.notBeforeNanos = first.nowNanos();
  }

  /**
   * The next moment of a topic may have changed: messages were published or purged, or the topic
   * was configured.
   */
  public void look(Topic topic) {
    boolean named = roster.settings().topics().containsKey(topic.settings().name());
    moments.set(topic, named ? topic.delaying().delays().nextMillis() : Entry.NEVER);
  }

  /** Whether any may be due that can be read. */
  public boolean isDue(Turn turn) {
    return moments.next() <= turn.nowMillis() && nanosToRetry(turn) <= 0;
  }

  /**
   * Queues a portion of the messages that are due. Not during an outage.
   *
   * @return their bytes
   */
  public long run(Turn turn) {
    if (!isDue(turn)) {
      return 0;
    }
    boolean isShort = store.shortage(0) != null;
    int left = isShort ? PORTION_SHORT : PORTION;
    long portion = isShort ? PORTION_BYTES_SHORT : PORTION_BYTES;
    long bytesLeft = portion;
    List<Topic> due = moments.takeDue(turn.nowMillis());
    for (boolean some = true; some && left > 0 && bytesLeft > 0; ) {
      some = false;
      for (Topic topic : due) {
        if (left > 0 && bytesLeft > 0) {
          List<DelayedMessage> share = due(topic, Math.min(left, SHARE), bytesLeft, turn);
          long bytes = queue(topic, share, turn);
          left -= share.size();
          bytesLeft -= bytes;
          some |= !share.isEmpty();
        }
      }
    }
    due.forEach(this::look);
    if (isShort) {
      notBeforeNanos = turn.nowNanos() + SHORTAGE_PAUSE_NANOS;
    }
    return portion - bytesLeft;
  }

  private List<DelayedMessage> due(Topic topic, int max, long bytesMax, Turn turn) {
    try {
      List<DelayedMessage> due = topic.delaying().due(turn.nowMillis(), max, bytesMax);
      readSucceeded(due);
      return due;
    } catch (StoreException e) {
      readFailed(e, turn);
      return List.of();
    }
  }

  private long queue(Topic topic, List<DelayedMessage> due, Turn turn) {
    int bytes = 0;
    for (DelayedMessage message : due) {
      topic.delaying().comeDue(message, turn.nowMillis());
      bytes += message.payload().length();
    }
    if (!due.isEmpty()) {
      agenda.changed(topic);
      agenda.published(bytes);
    }
    return bytes;
  }

  /**
   * The time for which nothing comes due, at most {@code max}. To be called at the end of a turn.
   */
  public long nanosToNext(Turn turn, long max) {
    long next = moments.next();
    if (next == Entry.NEVER) {
      return max;
    }
    if (next <= turn.nowMillis()) {
      return Math.min(max, Math.max(0, nanosToRetry(turn)));
    }
    long nanos = TimeUnit.MILLISECONDS.toNanos(next - turn.nowMillis());
    return Math.min(max, Math.min(WALL_CLOCK_CHECK_NANOS, nanos));
  }

  private long nanosToRetry(Turn turn) {
    return notBeforeNanos - turn.nowNanos();
  }

  private void readFailed(StoreException e, Turn turn) {
    notBeforeNanos = turn.nowNanos() + READ_RETRY_NANOS;
    if (!readFailing) {
      readFailing = true;
      events.storeFailing(e.sentence());
    }
  }

  private void readSucceeded(List<DelayedMessage> due) {
    if (readFailing && !due.isEmpty()) {
      readFailing = false;
      events.storeRecovered();
    }
  }
}
