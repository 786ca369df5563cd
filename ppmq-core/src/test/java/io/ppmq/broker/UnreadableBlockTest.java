package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.message.Bytes;
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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

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
