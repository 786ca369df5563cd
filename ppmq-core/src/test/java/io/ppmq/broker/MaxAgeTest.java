package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages without an expiry expire by their topic's MaxAge, in a broker driven by hand. */
class MaxAgeTest {
  private static final BatchLimits LIMITS = new BatchLimits(100, 1 << 20);

  private final MemoryStore store = new MemoryStore(1, "nonce000");

  private static TopicSettings topic(String name, boolean dedupe, long maxAgeMillis) {
    return topic(name, dedupe, maxAgeMillis, TopicLimits.NONE);
  }

  private static TopicSettings topic(
      String name, boolean dedupe, long maxAgeMillis, TopicLimits limits) {
    boolean expire = maxAgeMillis > 0;
    return new TopicSettings(name, List.of("ann"), 100, dedupe, 1, expire, limits, maxAgeMillis);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    return new BrokerSettings(
        List.of(topics), List.of(new SubscriberSettings("ann", LIMITS)), SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    HandDrivenBroker broker = new HandDrivenBroker(store, settings(topics));
    broker.subscriber("ann").be(Manner.AWAY);
    return broker;
  }

  private static void come(HandDrivenBroker broker) throws InterruptedException {
    broker.subscriber("ann").be(Manner.READS);
    broker.reconnect("ann", null);
  }

  private static QueueStats queue(HandDrivenBroker broker, int topic) throws Exception {
    return broker.ask(Administration::stats).topics().get(topic).queues().get(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void messageExpiresSoLongAfterItWasStoredRoundedUpToASecond(boolean dedupe) throws Exception {
    HandDrivenBroker broker = broker(topic("t", dedupe, 1_500));
    broker.pass(Duration.ofMillis(200)); // to some moment within a second
    broker.publish("t", "a"); // expires 2 s after the full second
    broker.pass(Duration.ofMillis(1_799));
    assertThat(queue(broker, 0).backlog()).isEqualTo(1);
    broker.pass(Duration.ofMillis(1));
    assertThat(queue(broker, 0).backlog()).isZero();
    assertThat(queue(broker, 0).expired()).isEqualTo(1);
    come(broker);
    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itIsNotPushedAsExpires(boolean dedupe) throws Exception {
    HandDrivenBroker broker = broker(topic("t", dedupe, 60_000));
    broker.publish("t", "a");
    come(broker);
    Delivery delivery = broker.subscriber("ann").read.get(0).deliveries().get(0);
    assertThat(delivery.expires()).isNull();
  }

  @Test
  void expiryOfItsOwnCounts() throws Exception {
    HandDrivenBroker broker = broker(topic("t", false, 1_000));
    Instant expires = Instant.ofEpochMilli(broker.wallMillis() + 5_000);
    broker.submit(
        new Command.Publish("t", List.of(new Message(null, Bytes.utf8("a"), expires, 0))));
    broker.pass(Duration.ofMillis(4_999));
    come(broker);
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsOutEndsAndHoldsBackNothing(boolean dedupe) throws Exception {
    HandDrivenBroker broker =
        broker(new TopicSettings("t", List.of("ann"), 0, dedupe, 1, true, TopicLimits.NONE, 1_000));
    come(broker);
    broker.publish("t", "a");
    assertThat(queue(broker, 0).inFlight()).isEqualTo(1);
    broker.pass(Duration.ofSeconds(2));
    assertThat(queue(broker, 0).inFlight()).isZero();
    broker.publish("t", "b");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("a", "b");
  }

  @Test
  void delayedMessageAgesFromItsMoment() throws Exception {
    HandDrivenBroker broker = broker(topic("t", false, 1_000));
    broker.submit(
        new Command.Publish(
            "t", List.of(new Message(null, Bytes.utf8("a"), null, 0, new Delay(true, 10_000)))));
    broker.pass(Duration.ofMillis(10_999));
    assertThat(queue(broker, 0).backlog()).isEqualTo(1);
    broker.pass(Duration.ofMillis(1_001));
    assertThat(queue(broker, 0).backlog()).isZero();
  }

  @Test
  void deadLetterThatLiesInTheTopicAges() throws Exception {
    TopicLimits once = new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false);
    HandDrivenBroker broker = broker(topic("t", false, 0, once), topic("dead", false, 3_000));
    come(broker);
    broker.publish("t", "\"a\"");
    broker.subscriber("ann").be(Manner.AWAY);
    broker.pass(Duration.ofMillis(200));
    assertThat(broker.kept("dead")).hasSize(1);
    broker.pass(Duration.ofSeconds(4));
    assertThat(broker.kept("dead")).isEmpty();
  }

  @Test
  void otherAgeHoldsForWhatIsStoredFromThenOn() throws Exception {
    HandDrivenBroker broker = broker(topic("t", false, 1_000));
    broker.publish("t", "a");
    broker.apply(settings(topic("t", false, 60_000)));
    broker.publish("t", "b");
    broker.pass(Duration.ofSeconds(2));
    come(broker);
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("b");
  }

  @Test
  void ageIsKeptOverARestart() throws Exception {
    HandDrivenBroker first = broker(topic("t", true, 1_000));
    first.publish("t", "a");
    first.stop();
    HandDrivenBroker second = broker(topic("t", true, 1_000));
    second.moveWallClock(Duration.ofSeconds(5));
    second.pass(Duration.ofSeconds(1));
    assertThat(queue(second, 0).backlog()).isZero();
  }
}
