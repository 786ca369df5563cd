package io.ppmq.broker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.QuietEvents;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The frequency of notices about the limits of topics. */
class LimitNoticesTest {
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final List<String> told = new ArrayList<>();
  private final Refusals refusals = new Refusals();
  private final Timers timers = new Timers(0);
  private final LimitNotices notices = new LimitNotices(timers, refusals, new Told());

  private final class Told implements BrokerEvents {
    private final BrokerEvents others = new QuietEvents(new ArrayList<>());

    @Override
    public void rejected(String topic, String bound, long count) {
      told.add(topic + " " + bound + ": " + count + " rejected");
    }

    @Override
    public void blocked(String topic, String bound, long count) {
      told.add(topic + ": " + count + " blocked");
    }

    @Override
    public void unreachable(String subscriber, String reason) {
      others.unreachable(subscriber, reason);
    }

    @Override
    public void reachableAgain(String subscriber) {
      others.reachableAgain(subscriber);
    }

    @Override
    public void storeFailing(String reason) {
      others.bug(new AssertionError(reason));
    }

    @Override
    public void storeRecovered() {
      others.bug(new AssertionError());
    }

    @Override
    public void detachedSubscriber(String topic, String subscriber, long backlog) {
      others.detachedSubscriber(topic, subscriber, backlog);
    }

    @Override
    public void storeLost(StoreException reason) {
      others.storeLost(reason);
    }

    @Override
    public void bug(Throwable bug) {
      others.bug(bug);
    }
  }

  private static Topic topic(String name) {
    TopicLimits limits = new TopicLimits(1, 0, WhenFull.REJECT, 0, null, 0, false);
    MemoryStore store = new MemoryStore(1);
    return Topic.open(
        new TopicSettings(name, List.of(), 0, false, 1, true, limits),
        store.topic(name),
        count -> 1,
        store.nonce(),
        new CommitBarrier());
  }

  private static Turn at(long nanos) {
    return new Turn(nanos, 0);
  }

  @Test
  void firstIsToldAtOnceAndTheOthersTogetherAfterAMinute() {
    Topic t = topic("t");
    notices.rejected(t, 2, at(0));
    notices.rejected(t, 3, at(1));
    notices.rejected(t, 4, at(2));
    assertThat(told).containsExactly("t MaxMessages 1: 2 rejected");

    timers.run(at(MINUTE_NANOS));
    assertThat(told).containsExactly("t MaxMessages 1: 2 rejected", "t MaxMessages 1: 7 rejected");
  }

  @Test
  void afterAQuietMinuteTheNextIsToldAtOnceAgain() {
    Topic t = topic("t");
    notices.rejected(t, 1, at(0));
    timers.run(at(MINUTE_NANOS));
    assertThat(told).as("nothing is told of nothing").hasSize(1);

    notices.rejected(t, 5, at(MINUTE_NANOS + 1));
    assertThat(told).endsWith("t MaxMessages 1: 5 rejected");
  }

  @Test
  void topicsAndKindsAreToldEachByItself() {
    notices.rejected(topic("t"), 1, at(0));
    notices.rejected(topic("u"), 1, at(0));
    notices.blocked(topic("t"), at(0));

    assertThat(told)
        .containsExactly(
            "t MaxMessages 1: 1 rejected", "u MaxMessages 1: 1 rejected", "t: 1 blocked");
    assertThat(refusals.count(Refusals.Reason.FULL)).isEqualTo(2);
  }
}
