package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Traps that brokers have fallen into, on a broker that is driven by hand. */
class BrokerTrapsTest {
  private static final BatchLimits PAIRS = new BatchLimits(2, 1 << 20);

  private final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  private static TopicSettings topic(String name, long ackRetryMillis, String... subscribers) {
    return new TopicSettings(name, List.of(subscribers), ackRetryMillis, false, 1, true);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    List<SubscriberSettings> subscribers =
        List.of(new SubscriberSettings("ann", PAIRS), new SubscriberSettings("bob", PAIRS));
    return new HandDrivenBroker(
        store, new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS));
  }

  // ---- deadlines ------------------------------------------------------------------------------

  @Test
  void deadlineThatPassesLeavesTheOthersAlone() throws Exception {
    HandDrivenBroker broker = broker(topic("fast", 100, "ann", "bob"), topic("slow", 1000, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    FakeSubscriber bob = broker.subscriber("bob");
    broker.publish("slow", "s");
    broker.publish("fast", "f");
    broker.acknowledgeLast("fast", "bob");
    assertThat(ann.takePayloads()).containsExactly("s", "f");
    assertThat(bob.takePayloads()).containsExactly("f");

    broker.pass(Duration.ofMillis(150));
    assertThat(ann.takePayloads()).containsExactly("f");
    broker.acknowledge("fast", "ann", List.of());
    broker.pass(Duration.ofMillis(800));
    assertThat(ann.takePayloads()).containsOnly("f");
    broker.pass(Duration.ofMillis(100));
    assertThat(ann.takePayloads()).contains("s");
    assertThat(bob.takePayloads()).isEmpty();
  }

  @Test
  void onlyWhatIsNotAcknowledgedOfABatchIsSentAgain() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 100, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1", "2", "3");
    broker.acknowledge("t", "ann", ann.keysOfLast("t").subList(0, 1));
    ann.takePayloads();

    broker.pass(Duration.ofMillis(99));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(2));
    assertThat(ann.takePayloads()).containsExactly("2", "3");
  }

  @Test
  void deadlineOfABatchThatWasAcknowledgedDoesNotHitTheNext() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 100, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    broker.pass(Duration.ofMillis(90));
    broker.acknowledgeLast("t", "ann");
    broker.publish("t", "2");
    assertThat(ann.takePayloads()).containsExactly("1", "2");

    broker.pass(Duration.ofMillis(90));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(20));
    assertThat(ann.takePayloads()).containsExactly("2");
  }

  @Test
  void ackRetryOfZeroWaitsForEver() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1", "2", "3");
    assertThat(ann.takePayloads()).containsExactly("1", "2");

    broker.pass(Duration.ofDays(2));
    assertThat(ann.takePayloads()).isEmpty();
  }

  @Test
  void deadlinesDoNotJumpWithTheWallClock() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 1000, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    ann.takePayloads();

    broker.moveWallClock(Duration.ofDays(1));
    broker.pass(Duration.ofMillis(900));
    assertThat(ann.takePayloads()).isEmpty();
    broker.moveWallClock(Duration.ofDays(-2));
    broker.pass(Duration.ofMillis(200));
    assertThat(ann.takePayloads()).containsExactly("1");
  }

  // ---- expiry of what is out --------------------------------------------------------------------

  private static Message expiring(HandDrivenBroker broker, String payload, int inMillis) {
    Instant expires = Instant.ofEpochMilli(broker.wallMillis() + inMillis);
    return new Message(Bytes.utf8("k"), Bytes.utf8(payload), expires, 0);
  }

  private static void publish(HandDrivenBroker broker, Message message)
      throws InterruptedException {
    broker.submit(new Command.Publish("t", List.of(message)));
  }

  @Test
  void replacedMessageThatExpiresWhileItIsOutHoldsNothingBack() throws Exception {
    HandDrivenBroker broker = broker(new TopicSettings("t", List.of("ann"), 0, true, 1, true));
    FakeSubscriber ann = broker.subscriber("ann");
    publish(broker, expiring(broker, "1", 1000));
    publish(broker, expiring(broker, "2", 60_000));
    assertThat(ann.takePayloads()).containsExactly("1");

    broker.pass(Duration.ofMillis(990));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(20));
    broker.acknowledgeLast("t", "ann");
    assertThat(ann.takePayloads()).containsExactly("2");
    assertThat(broker.kept("t")).isEmpty();
  }

  @Test
  void evictedMessageThatExpiresWhileItIsOutHoldsNothingBack() throws Exception {
    TopicLimits one = new TopicLimits(1, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker =
          broker(new TopicSettings("t", List.of("ann"), 0, dedupe, 1, true, one));
      FakeSubscriber ann = broker.subscriber("ann");
      publish(broker, expiring(broker, "1", 1000));
      broker.publish("t", "2");
      assertThat(ann.takePayloads()).containsExactly("1");

      broker.pass(Duration.ofMillis(990));
      assertThat(ann.takePayloads()).isEmpty();
      broker.pass(Duration.ofMillis(20));
      broker.acknowledgeLast("t", "ann");
      assertThat(ann.takePayloads()).as("with dedupe: " + dedupe).containsExactly("2");
      broker.stop();
    }
  }

  // ---- subscribers that fail ------------------------------------------------------------------

  @Test
  void failedPushesLoseNothingAndAreTriedWithinFiveSeconds() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.BREAKS);
    broker.publish("t", "1", "2");
    broker.pass(Duration.ofMinutes(10));
    assertThat(ann.attempts()).isBetween(100, 200);
    assertThat(broker.told()).containsExactly("unreachable ann");

    ann.be(Manner.READS);
    broker.pass(Duration.ofSeconds(5));
    assertThat(ann.takePayloads()).containsExactly("1", "2");
    assertThat(broker.told()).containsExactly("unreachable ann", "reachable ann");
  }

  @Test
  void subscriberThatIsAwayIsTriedAtOnceWhenItReconnects() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.AWAY);
    broker.publish("t", "1");
    broker.pass(Duration.ofMinutes(1));
    ann.be(Manner.READS);
    broker.reconnect("ann", null);

    assertThat(ann.takePayloads()).containsExactly("1");
  }

  @Test
  void stuckSubscriberHoldsUpNeitherOthersNorItsOwnReturn() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann", "bob"), topic("u", 0, "ann", "bob"));
    FakeSubscriber ann = broker.subscriber("ann");
    FakeSubscriber bob = broker.subscriber("bob");
    ann.be(Manner.STUCK);
    broker.publish("t", "1");
    broker.publish("u", "2");
    broker.acknowledgeLast("t", "bob");
    broker.publish("t", "3");

    assertThat(bob.takePayloads()).containsExactly("1", "2", "3");
    ann.be(Manner.READS);
    ann.releaseStuck();
    broker.reconnect("ann", null);
    assertThat(ann.takePayloads()).containsExactlyInAnyOrder("1", "2", "3");
  }

  @Test
  void topicsOfOneSubscriberDoNotWaitForEachOther() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"), topic("u", 0, "ann"));
    broker.publish("t", "1", "2", "3");
    broker.publish("u", "4");

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "4");
  }

  @Test
  void reconnectReachesTopicsBeyondOneTheSubscriberIsNotIn() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", 0, "ann"), topic("u", 0, "bob"), topic("v", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    broker.publish("u", "2");
    broker.publish("v", "3");
    ann.takePayloads();
    broker.reconnect("ann", null);
    assertThat(ann.takePayloads()).containsExactlyInAnyOrder("1", "3");

    broker.reconnect("ann", "v");
    assertThat(ann.takePayloads()).containsExactly("3");
    assertThat(broker.subscriber("bob").takePayloads()).containsExactly("2");
  }

  @Test
  void batchOnItsWayToASubscriberThatReconnectsIsSentAgain() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.STUCK);
    broker.publish("t", "1");
    broker.reconnect("ann", null);
    ann.be(Manner.READS);
    ann.releaseStuck();
    broker.settle();

    assertThat(ann.takePayloads()).containsExactly("1");
  }

  @Test
  void subscriberThatClosesUnreadIsSentEverythingAgain() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"), topic("u", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    broker.publish("u", "2");
    ann.takePayloads();
    ann.close(true);
    broker.pass(Duration.ofSeconds(1));

    assertThat(ann.takePayloads()).containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void subscriberThatClosesAfterEachBatchGetsTheNext() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    List<String> all = new ArrayList<>();
    broker.publish("t", "1", "2", "3", "4", "5");
    while (!ann.read.isEmpty()) {
      ann.close(false);
      List<Bytes> keys = ann.keysOfLast("t");
      all.addAll(ann.takePayloads());
      broker.acknowledge("t", "ann", keys);
    }

    assertThat(all).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void restartSendsWhatWasOutFirstAndInOrder() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    broker.publish("t", "1", "2", "3");
    broker.subscriber("ann").be(Manner.AWAY);
    broker.acknowledge("t", "ann", broker.subscriber("ann").keysOfLast("t").subList(0, 1));
    broker.stop();

    HandDrivenBroker next = broker(topic("t", 0, "ann"));
    assertThat(next.subscriber("ann").takePayloads()).containsExactly("2", "3");
  }

  @Test
  void messageWhosePushFailedIsThereAfterATrimAndADeath() throws Exception {
    TopicSettings keyed = new TopicSettings("t", List.of("ann"), 0, true, 1, false);
    HandDrivenBroker broker = broker(keyed);
    broker.publish("t", "1");
    broker.subscriber("ann").be(Manner.BREAKS);
    broker.acknowledgeLast("t", "ann");
    broker.pass(Duration.ofMillis(100));
    broker.publish("t", "2");
    broker.subscriber("ann").be(Manner.AWAY);
    broker.pass(Duration.ofSeconds(2));

    HandDrivenBroker next = broker(keyed);
    assertThat(next.subscriber("ann").takePayloads()).containsExactly("2");
  }

  @Test
  void topicThatWasAwayForARestartIsCountedRightWhenItIsBack() throws Exception {
    TopicSettings keyed = new TopicSettings("t", List.of("ann"), 0, true, 1, false);
    HandDrivenBroker broker = broker(keyed);
    broker.subscriber("ann").be(Manner.STUCK);
    broker.publish("t", "1");
    broker.publish("t", "1");
    broker.stop();
    broker(topic("u", 0, "ann")); // which then dies

    HandDrivenBroker back = broker(keyed);
    assertThat(back.subscriber("ann").takePayloads()).containsExactly("1");
    back.acknowledge("t", "ann", List.of(Bytes.utf8("1")));
    assertThat(back.subscriber("ann").takePayloads()).isEmpty();
  }

  // ---- a batch ahead of the commit ------------------------------------------------------------

  @Test
  void oneCommitKeepsAnAcknowledgementAndTheBatchThatFollowsIt() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    broker.publish("t", "1", "2", "3", "4");
    int before = store.commits();
    broker.acknowledgeLast("t", "ann");

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "3", "4");
    assertThat(store.commits()).isEqualTo(before + 1);
  }

  @Test
  void batchAheadOfTheCommitWaitsForWhatThatAddsInAHigherPriority() throws Exception {
    HandDrivenBroker broker =
        broker(new TopicSettings("t", List.of("ann"), 0, false, 2, true, TopicLimits.NONE));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.submit(publishing(1, "1", "2", "3", "4"));
    List<Bytes> keys = ann.keysOfLast("t");
    ann.takePayloads();
    broker.submitApart(List.of(publishing(0, "first"), new Command.Acknowledge("t", "ann", keys)));

    assertThat(ann.takePayloads()).containsExactly("first", "3");
  }

  private static Command publishing(int priority, String... payloads) {
    List<Message> messages = new ArrayList<>();
    for (String payload : payloads) {
      messages.add(new Message(null, Bytes.utf8(payload), null, priority));
    }
    return new Command.Publish("t", messages);
  }

  // ---- a store that fails ---------------------------------------------------------------------

  @Test
  void nothingIsDeliveredOrConfirmedBeforeACommitThatFailsAtFirst() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    store.failCommits(5);
    HandDrivenBroker.Confirm first = broker.publish("t", "1");
    HandDrivenBroker.Confirm second = broker.publish("t", "2");
    broker.pass(Duration.ofMillis(500));
    assertThat(ann.takePayloads()).isEmpty();
    assertThat(first.outcome()).isNull();

    broker.pass(Duration.ofSeconds(2));
    assertThat(first.outcome()).isEqualTo("confirmed");
    assertThat(second.outcome()).isEqualTo("confirmed");
    assertThat(ann.takePayloads()).containsExactly("1", "2");
    assertThat(broker.told()).containsExactly("store failing", "store recovered");
  }

  @Test
  void whatIsHeldWhenTheBrokerStopsIsNotConfirmed() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    store.failCommits(Integer.MAX_VALUE);
    HandDrivenBroker.Confirm confirm = broker.publish("t", "1");
    broker.stop();

    assertThat(confirm.outcome()).isEqualTo("in-doubt");
  }

  @Test
  void syncThatFailsIsNeverTakenAsDone() throws Exception {
    List<String> told = new ArrayList<>();
    Syncer syncer = new Syncer(store, SyncPolicy.ALWAYS, new QuietEvents(told), Clock.system());
    store.failSyncs(1);
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    syncer.committed(List.of(answer(first)));
    syncer.start();
    assertThat(first.get(10, TimeUnit.SECONDS)).startsWith("the disk did not take it");
    syncer.committed(List.of(answer(second)));
    assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo("confirmed");
    syncer.stop();

    assertThat(told).containsExactly("failing", "recovered");
  }

  /** The push that ended it was the last that was ever done with the topic. */
  @Test
  void whatIsAcknowledgedWhileItIsPushedGivesItsSpaceBack() throws Exception {
    HandDrivenBroker broker = broker(new TopicSettings("t", List.of("ann"), 0, true, 1, true));
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.STUCK);
    broker.publish("t", "k"); // is its key as well
    broker.pass(Duration.ofSeconds(1));
    broker.acknowledge("t", "ann", List.of(Bytes.utf8("k")));
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").priorities()).isNotEmpty();
    ann.releaseStuck();
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").priorities()).isEmpty();
  }

  /** Else it would be promised for twice the duration, where a sync takes long. */
  @Test
  void whatCameDuringASyncHasWaitedForThatLong() throws Exception {
    HandDrivenBroker clock = broker(topic("t", 0, "ann"));
    SyncPolicy policy = SyncPolicy.every(Duration.ofMillis(500));
    Syncer syncer = new Syncer(store, policy, new QuietEvents(new ArrayList<>()), clock);
    assertThat(syncer.delayNanos()).isEqualTo(Long.MAX_VALUE);
    syncer.committed(List.of());
    clock.pass(Duration.ofMillis(100));
    syncer.committed(List.of());
    assertThat(syncer.delayNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(150));
    clock.pass(Duration.ofMillis(400));
    assertThat(syncer.delayNanos()).isZero();
    syncer.sync();
    assertThat(syncer.delayNanos()).isEqualTo(Long.MAX_VALUE);
  }

  private static Answer answer(CompletableFuture<String> outcome) {
    return new Answer() {
      @Override
      public void confirmed() {
        outcome.complete("confirmed");
      }

      @Override
      public void failed(String reason) {
        outcome.complete(reason);
      }

      @Override
      public void refused(ErrorCode code, String reason) {
        outcome.complete(code.word());
      }
    };
  }
}
