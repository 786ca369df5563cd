package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Expiring;
import io.ppmq.store.ForwardingStore;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The removal of unneeded data from the store. */
class CleanupTest {
  private boolean failing;

  private final ForwardingStore store =
      new ForwardingStore(new MemoryStore(1, "nonce000")) {
        @Override
        public List<Expiring> expiring(long nowMillis, int max) {
          if (failing) {
            throw new StoreException("the disk does not answer");
          }
          return super.expiring(nowMillis, max);
        }
      };

  private HandDrivenBroker broker() throws InterruptedException {
    TopicSettings topic = new TopicSettings("t", List.of("ann"), 0, false, 1, true);
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(9, 1 << 20));
    return new HandDrivenBroker(
        store, new BrokerSettings(List.of(topic), List.of(ann), SyncPolicy.ALWAYS));
  }

  private static void publish(HandDrivenBroker broker, Duration expiresIn) throws Exception {
    Instant expires = Instant.ofEpochMilli(broker.wallMillis()).plus(expiresIn);
    Message message = new Message(null, Bytes.utf8("short"), expires, 0);
    broker.submit(new Command.Publish("t", List.of(message)));
  }

  private boolean isStoreEmpty() {
    return store.topic("t").priorities().isEmpty();
  }

  @Test
  void whatAllHaveAcknowledgedIsDroppedWithinASecond() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2");
    broker.acknowledgeLast("t", "ann");
    assertThat(isStoreEmpty()).as("not for each message").isFalse();

    broker.pass(Duration.ofSeconds(1));
    assertThat(isStoreEmpty()).isTrue();
  }

  @Test
  void whatIsNotAcknowledgedStays() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2");
    broker.pass(Duration.ofSeconds(2));

    assertThat(isStoreEmpty()).isFalse();
  }

  @Test
  void whatExpiresIsRemovedAtItsMomentThoughTheSubscriberIsAway() throws Exception {
    HandDrivenBroker broker = broker();
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    publish(broker, Duration.ofSeconds(10));
    broker.pass(Duration.ofMillis(9_900));
    assertThat(isStoreEmpty()).isFalse();

    broker.pass(Duration.ofMillis(200));
    assertThat(isStoreEmpty()).isTrue();
  }

  @Test
  void expiryThatCannotBeReadIsToldOnceAndTriedAgain() throws Exception {
    HandDrivenBroker broker = broker();
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    publish(broker, Duration.ofSeconds(1));
    failing = true;
    broker.pass(Duration.ofSeconds(5));
    assertThat(broker.told().stream().filter(told -> told.startsWith("store")))
        .containsExactly("store failing");

    failing = false;
    broker.pass(Duration.ofSeconds(2));
    assertThat(broker.told().stream().filter(told -> told.startsWith("store")))
        .containsExactly("store failing", "store recovered");
    assertThat(isStoreEmpty()).isTrue();
  }
}
