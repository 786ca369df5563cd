package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Delays;
import io.ppmq.store.ForwardingStore;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Stored data of the topic "bad" cannot be read: the broker goes on, and so does everything that
 * does not need it. An exception that leaves a turn would be the end of the broker, and of the
 * test.
 */
class UnreadableBlockTest {
  private static final Set<String> READS =
      Set.of("read", "around", "last", "find", "keyed", "priorities", "retained", "holdsKeyed");

  private volatile boolean damaged;
  private boolean dropsFail;

  private final ForwardingStore store =
      new ForwardingStore(new MemoryStore(1, "nonce000")) {
        @Override
        public TopicStore topic(String name) {
          return new ForwardingTopicStore(super.topic(name)) {
            @Override
            protected void before(String method) {
              boolean figure = method.equals("diskBytes") || method.equals("keyedDiskBytes");
              if (figure || READS.contains(method)) {
                check(name);
              }
              if (dropsFail && name.equals("bad") && method.equals("drop")) {
                throw new StoreException("the disk does not answer");
              }
            }

            @Override
            public DelayedMessages delayed() {
              return unreadable(name, super.delayed());
            }
          };
        }
      };

  private void check(String topic) {
    if (damaged && topic.equals("bad")) {
      throw StoreException.damage("a block is damaged", null);
    }
  }

  private DelayedMessages unreadable(String topic, DelayedMessages of) {
    return new DelayedMessages() {
      @Override
      public void add(DelayedMessage message) {
        of.add(message);
      }

      @Override
      public List<DelayedMessage> due(long nowMillis, int max, long bytesMax) {
        check(topic);
        return of.due(nowMillis, max, bytesMax);
      }

      @Override
      public List<DelayedMessage> from(long atMillis, long id, int max, long bytesMax) {
        check(topic);
        return of.from(atMillis, id, max, bytesMax);
      }

      @Override
      public void remove(DelayedMessage message) {
        of.remove(message);
      }

      @Override
      public void clear() {
        of.clear();
      }

      @Override
      public Delays delays() {
        return of.delays();
      }
    };
  }

  private static TopicSettings topic(String name, boolean dedupe, TopicLimits limits) {
    return new TopicSettings(name, List.of("ann"), 0, dedupe, 2, true, limits);
  }

  private static TopicSettings topic(String name, boolean dedupe) {
    return topic(name, dedupe, TopicLimits.NONE);
  }

  private static TopicLimits bound(int messages, WhenFull whenFull) {
    return new TopicLimits(messages, 0, whenFull, 0, null, 0, false);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(9, 1 << 20));
    return new BrokerSettings(List.of(topics), List.of(ann), SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    return new HandDrivenBroker(store, settings(topics));
  }

  private HandDrivenBroker broker(boolean dedupe) throws InterruptedException {
    return broker(topic("bad", dedupe), topic("good", dedupe));
  }

  private static QueueStats queue(HandDrivenBroker broker, String topic) {
    BrokerStats stats = broker.standing();
    TopicStats of =
        stats.topics().stream().filter(t -> t.topic().equals(topic)).findFirst().orElseThrow();
    return of.queues().get(0);
  }

  // ---- looking --------------------------------------------------------------------------------

  @Test
  void backlogsOfOtherTopicsAreWarnedOf() throws Exception {
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker = broker(dedupe);
      broker.subscriber("ann").be(Manner.AWAY);
      broker.publish("bad", "1");
      broker.publish("good", "2");
      damaged = true;
      broker.pass(Duration.ofMinutes(62));

      assertThat(broker.told()).contains("backlog good ann 1").doesNotContain("backlog bad ann 1");
      damaged = false;
      broker.pass(Duration.ofMinutes(1));
      assertThat(broker.told()).contains("backlog bad ann 1");
      purge(broker);
    }
  }

  private static void purge(HandDrivenBroker broker) throws Exception {
    broker.ask((asked, turn) -> asked.purge("bad", turn));
    broker.ask((asked, turn) -> asked.purge("good", turn));
  }

  @Test
  void figuresOfAllTopicsAreShown() throws Exception {
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker = broker(dedupe);
      broker.publish("bad", "0");
      broker.publish("bad", "0"); // a newer version of it waits behind the first, which is out
      broker.reconnect("ann", null);
      broker.subscriber("ann").be(Manner.AWAY);
      broker.publish("bad", "1", "2");
      broker.publish("good", "3");
      damaged = true;

      assertThat(queue(broker, "good").backlog()).isEqualTo(1);
      assertThat(queue(broker, "good").oldestMillis()).isPositive();
      assertThat(queue(broker, "bad").oldestMillis()).as("unknown").isZero();
      assertThat(queue(broker, "bad").backlog()).isPositive();
      damaged = false;
      assertThat(queue(broker, "bad").oldestMillis()).isPositive();
      purge(broker);
    }
  }

  @Test
  void reloadIsAppliedWhole() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.subscriber("ann").be(Manner.AWAY);
    broker.publish("bad", "1");
    damaged = true;
    TopicSettings alone = new TopicSettings("bad", List.of(), 0, true, 1, true);
    broker.apply(settings(alone, topic("good", true), topic("new", false)));

    assertThat(broker.told()).contains("detached ann");
    assertThat(broker.publish("new", "2").outcome()).isEqualTo("confirmed");
  }

  @Test
  void reloadThatMustReadIsRefusedAndChangesNothing() throws Exception {
    HandDrivenBroker broker = broker(false);
    broker.subscriber("ann").be(Manner.AWAY);
    broker.publish("bad", "1", "2");
    broker.publish("good", "1", "2");
    damaged = true;
    TopicLimits bound = bound(2, WhenFull.REJECT);
    BrokerSettings next =
        settings(topic("good", false, bound), topic("bad", false, bound), topic("new", false));
    assertThatThrownBy(() -> broker.apply(next))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("a block is damaged");
    assertThat(broker.publish("good", "3").outcome()).isEqualTo("confirmed");
    assertThat(broker.standing().topics()).map(TopicStats::topic).containsExactly("bad", "good");
    assertThat(broker.standing().topics()).allMatch(t -> t.limits().retained() == null);

    damaged = false;
    broker.apply(next);
    assertThat(broker.publish("good", "4").outcome()).isEqualTo("topic-full");
    assertThat(broker.publish("bad", "3").outcome()).isEqualTo("topic-full");
  }

  @Test
  @Timeout(60)
  void changeOfAnAdministratorFailsWithTheReasonAndTheBrokerGoesOn() throws Exception {
    Broker broker =
        Broker.start(
            settings(topic("bad", true), topic("good", true)),
            store,
            Clock.system(),
            (name, link) -> new FakeSubscriber(link),
            new QuietEvents(new ArrayList<>()));
    try {
      damaged = true;
      assertThatThrownBy(() -> broker.delete("bad", Bytes.utf8("1")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a block is damaged");
      assertThat(broker.delete("good", Bytes.utf8("1"))).isFalse();
    } finally {
      broker.stop();
    }
  }

  // ---- publishing -----------------------------------------------------------------------------

  @Test
  void valueWhoseKeyCannotBeLookedUpIsRefusedWhole() throws Exception {
    HandDrivenBroker broker = broker(true);
    damaged = true;
    HandDrivenBroker.Confirm refused =
        broker.submit(
            HandDrivenBroker.publishing("good", "1"), HandDrivenBroker.publishing("bad", "2"));
    assertThat(refused.outcome()).isEqualTo("unavailable");
    assertThat(broker.publish("good", "3").outcome()).isEqualTo("confirmed");

    damaged = false;
    broker.publish("bad", "4");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("3", "4");
  }

  @Test
  void keysThatWereLookedUpForARefusedValueAreLookedUpAgain() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.subscriber("ann").be(Manner.AWAY);
    damaged = true;
    broker.submit(
        HandDrivenBroker.publishing("good", "k"), HandDrivenBroker.publishing("bad", "k"));
    damaged = false;
    broker.publish("good", "k");
    broker.publish("good", "k", "l", "k");

    assertThat(queue(broker, "good").backlog()).isEqualTo(2);
    assertThat(store.topic("good").keyed(null, 9)).hasSize(2);
  }

  @Test
  void valueForAFullTopicIsRefusedWhereItCannotBeRead() throws Exception {
    for (WhenFull whenFull : WhenFull.values()) {
      TopicSettings bad = topic("bad", true, bound(1, whenFull));
      HandDrivenBroker broker = broker(bad, topic("good", false));
      broker.subscriber("ann").be(Manner.AWAY);
      assertThat(broker.publish("bad", "1").outcome()).isEqualTo("confirmed");
      damaged = true;
      assertThat(broker.publish("bad", "2").outcome()).as("%s", whenFull).isEqualTo("unavailable");
      damaged = false;
      purge(broker);
    }
  }

  @Test
  void heldValueThatCannotBeLookedUpIsRefusedWhenItsTurnComes() throws Exception {
    TopicSettings bad = topic("bad", true, bound(1, WhenFull.BLOCK));
    HandDrivenBroker broker = broker(bad, topic("good", false));
    broker.publish("bad", "1");
    HandDrivenBroker.Confirm held = broker.publish("bad", "2");
    assertThat(held.outcome()).isNull();
    damaged = true;
    broker.acknowledge("bad", "ann", List.of(Bytes.utf8("1")));
    broker.pass(Duration.ofSeconds(1));

    assertThat(held.outcome()).isEqualTo("unavailable");
  }

  // ---- ending ---------------------------------------------------------------------------------

  @Test
  void acknowledgementOfWhatCannotBeReadIsKeptAndItsSpaceIsGivenBackLater() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.publish("bad", "1");
    damaged = true;
    HandDrivenBroker.Confirm acknowledged = broker.acknowledgeLast("bad", "ann");
    assertThat(acknowledged.outcome()).isEqualTo("confirmed");
    broker.reconnect("ann", null);
    broker.pass(Duration.ofSeconds(5));
    damaged = false;
    assertThat(store.topic("bad").holdsKeyed()).isTrue();

    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("bad").holdsKeyed()).isFalse();
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  @Test
  void lateAcknowledgementThatMustReadIsRefused() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.publish("bad", "1");
    List<Bytes> key = List.of(Bytes.utf8("1"));
    broker.subscriber("ann").be(Manner.AWAY);
    broker.subscriber("ann").close(false);
    broker.reconnect("ann", null);
    damaged = true;
    assertThat(broker.acknowledge("bad", "ann", key).outcome()).isEqualTo("unavailable");

    damaged = false;
    assertThat(broker.acknowledge("bad", "ann", key).outcome()).isEqualTo("confirmed");
    broker.subscriber("ann").be(Manner.READS);
    broker.pass(Duration.ofSeconds(6));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  @Test
  void newerVersionThatIsSentInAnEarlierPlaceIsCountedOnce() throws Exception {
    HandDrivenBroker broker = broker(true);
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("bad", "1");
    broker.publish("bad", "1");
    ann.be(Manner.STUCK);
    broker.reconnect("ann", null); // sends the newer one in the place of the older
    damaged = true;
    ann.releaseStuck();
    broker.settle();
    damaged = false;
    ann.be(Manner.READS);
    broker.acknowledge("bad", "ann", List.of(Bytes.utf8("1")));
    broker.pass(Duration.ofSeconds(2));

    assertThat(queue(broker, "bad").backlog()).isZero();
    assertThat(queue(broker, "bad").inFlight()).isZero();
    broker.publish("bad", "2");
    assertThat(queue(broker, "bad").backlog() + queue(broker, "bad").inFlight()).isEqualTo(1);
  }

  @Test
  void newerVersionStaysThoughTheOlderIsSettledAfterIt() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.publish("bad", "1");
    damaged = true;
    broker.acknowledgeLast("bad", "ann");
    damaged = false;
    broker.publish("bad", "1");
    broker.pass(Duration.ofSeconds(2));

    assertThat(store.topic("bad").holdsKeyed()).isTrue();
    broker.acknowledgeLast("bad", "ann");
    broker.pass(Duration.ofSeconds(2));
    assertThat(store.topic("bad").holdsKeyed()).isFalse();
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "1");
  }

  @Test
  void nackedMessageThatCannotBeReadIsSentAgainWhenItCan() throws Exception {
    HandDrivenBroker broker = broker(true);
    broker.publish("bad", "1");
    damaged = true;
    List<Bytes> key = List.of(Bytes.utf8("1"));
    broker.submit(new Command.Nack("bad", "ann", key, 100, null));
    broker.pass(Duration.ofSeconds(3));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");

    damaged = false;
    broker.pass(Duration.ofSeconds(2));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  @Test
  void pushThatFailsLeavesWhatCannotBeRead() throws Exception {
    HandDrivenBroker broker = broker(true);
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.STUCK);
    broker.publish("bad", "1");
    damaged = true;
    ann.endIfStuck();
    broker.pass(Duration.ofSeconds(20));
    damaged = false;
    ann.be(Manner.READS);
    broker.pass(Duration.ofSeconds(20));

    assertThat(ann.takePayloads()).containsExactly("1");
  }

  @Test
  void spentMessageThatCannotBeReadIsBuriedLaterAndHoldsNothingUp() throws Exception {
    TopicLimits dying = new TopicLimits(0, 0, WhenFull.BLOCK, 1, "grave", 0, false);
    TopicSettings grave = new TopicSettings("grave", List.of(), 0, false, 1, true);
    HandDrivenBroker broker = broker(topic("bad", false, dying), grave);
    broker.publish("bad", "1");
    List<Bytes> key = broker.subscriber("ann").keysOfLast("bad");
    damaged = true;
    broker.submit(new Command.Nack("bad", "ann", key, 0, null));
    broker.pass(Duration.ofSeconds(3));
    assertThat(broker.untilNextTurn()).isPositive();
    assertThat(broker.kept("grave")).isEmpty();
    damaged = false;
    broker.publish("bad", "2");
    broker.pass(Duration.ofSeconds(2));

    assertThat(broker.kept("grave")).hasSize(1);
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2");
  }

  // ---- what comes due -------------------------------------------------------------------------

  @Test
  void delayedMessagesOfOtherTopicsComeAtTheirMoments() throws Exception {
    HandDrivenBroker broker = broker(false);
    delay(broker, "bad", 1);
    for (int seconds = 1; seconds < 5; seconds++) {
      delay(broker, "good", seconds);
    }
    damaged = true;
    List<String> read = new ArrayList<>();
    for (int seconds = 1; seconds < 5; seconds++) {
      broker.pass(Duration.ofSeconds(1));
      broker.acknowledgeLast("good", "ann");
      read.addAll(broker.subscriber("ann").takePayloads());
      assertThat(read).hasSize(seconds);
    }
    assertThat(broker.told()).containsExactly("store failing");

    damaged = false;
    broker.pass(Duration.ofMillis(1_100));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("bad 1");
    assertThat(broker.told()).containsExactly("store failing", "store recovered");
  }

  private static void delay(HandDrivenBroker broker, String topic, int seconds) throws Exception {
    Delay delay = new Delay(true, 1000L * seconds);
    Message message = new Message(null, Bytes.utf8(topic + " " + seconds), null, 0, delay);
    broker.submit(new Command.Publish(topic, List.of(message)));
  }

  // ---- trimming -------------------------------------------------------------------------------

  @Test
  void topicThatCannotBeTrimmedKeepsNoOtherFromIt() throws Exception {
    HandDrivenBroker broker = broker(false);
    dropsFail = true;
    broker.publish("bad", "1");
    broker.acknowledgeLast("bad", "ann");
    broker.publish("good", "2");
    broker.acknowledgeLast("good", "ann");
    broker.pass(Duration.ofSeconds(3));
    assertThat(store.topic("good").priorities()).isEmpty();
    assertThat(store.topic("bad").priorities()).isNotEmpty();
    assertThat(broker.told()).containsExactly("store failing");

    dropsFail = false;
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("bad").priorities()).isEmpty();
    assertThat(broker.told()).containsExactly("store failing", "store recovered");
  }

  // ---- expiring -------------------------------------------------------------------------------

  @Test
  void whatExpiresInOtherTopicsIsRemoved() throws Exception {
    HandDrivenBroker broker = broker(false);
    broker.subscriber("ann").be(Manner.AWAY);
    Instant soon = Instant.ofEpochMilli(broker.wallMillis()).plusSeconds(1);
    for (int i = 0; i < 1500; i++) { // each in an entry of its own
      expiring(broker, "bad", soon);
    }
    expiring(broker, "good", soon.plusMillis(1));
    damaged = true;
    broker.pass(Duration.ofSeconds(3));
    assertThat(queue(broker, "good").backlog()).isZero();
    assertThat(store.topic("good").priorities()).isEmpty();
    assertThat(queue(broker, "bad").backlog()).isEqualTo(1500);
    expiring(broker, "good", soon.plusSeconds(5));
    broker.pass(Duration.ofSeconds(5));
    assertThat(store.topic("good").priorities()).isEmpty();
    assertThat(broker.told().stream().filter(told -> told.startsWith("store")))
        .containsExactly("store failing");

    damaged = false;
    broker.pass(Duration.ofSeconds(11));
    assertThat(queue(broker, "bad").backlog()).isZero();
    assertThat(store.topic("bad").priorities()).isEmpty();
    assertThat(broker.told().stream().filter(told -> told.startsWith("store")))
        .containsExactly("store failing", "store recovered");
  }

  private static void expiring(HandDrivenBroker broker, String topic, Instant at)
      throws InterruptedException {
    Message message = new Message(null, Bytes.utf8("short"), at, 0);
    broker.submit(new Command.Publish(topic, List.of(message)));
  }
}
