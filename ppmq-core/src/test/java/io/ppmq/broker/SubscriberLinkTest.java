package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Subscribers whose connection fails, and which return. */
class SubscriberLinkTest extends AnnAndBob {
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
  void subscribersThatTakeNothingDoNotKeepTheMemoryOfBatchesForEver() throws Exception {
    List<String> names = List.of("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "bob");
    List<TopicSettings> topics =
        List.of(
            topic("large", 0, names.subList(0, 9).toArray(String[]::new)), topic("t", 0, "bob"));
    List<SubscriberSettings> settings =
        names.stream().map(name -> new SubscriberSettings(name, PAIRS)).toList();
    HandDrivenBroker broker =
        new HandDrivenBroker(store, new BrokerSettings(topics, settings, SyncPolicy.ALWAYS));
    names.subList(0, 9).forEach(name -> broker.subscriber(name).be(Manner.STUCK));
    FakeSubscriber bob = broker.subscriber("bob");
    broker.publish("large", "x".repeat(1 << 20));

    broker.publish("t", "1");
    assertThat(bob.takePayloads()).isEmpty();
    broker.pass(Duration.ofSeconds(2));
    assertThat(bob.keysOfLast("t")).hasSize(1);

    for (int i = 2; i < 10; i++) {
      broker.acknowledgeLast("t", "bob");
      bob.takePayloads();
      broker.pass(Duration.ofMillis(5700));
      broker.publish("t", "" + i);
      assertThat(bob.keysOfLast("t")).hasSize(1); // at once
    }
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
    broker(topic("u", 0, "ann")); // then u dies

    HandDrivenBroker back = broker(keyed);
    assertThat(back.subscriber("ann").takePayloads()).containsExactly("1");
    back.acknowledge("t", "ann", List.of(Bytes.utf8("1")));
    assertThat(back.subscriber("ann").takePayloads()).isEmpty();
  }
}
