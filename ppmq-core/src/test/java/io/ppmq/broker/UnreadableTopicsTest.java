package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.store.ForwardingStore;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A subscriber's topic whose messages cannot be read. */
class UnreadableTopicsTest {
  private boolean damaged;

  private final ForwardingStore store =
      new ForwardingStore(new MemoryStore(1, "nonce000")) {
        @Override
        public TopicStore topic(String name) {
          return new ForwardingTopicStore(super.topic(name)) {
            @Override
            protected void before(String method) {
              if (damaged && name.equals("bad") && method.equals("read")) {
                throw StoreException.damage("a block is damaged", null);
              }
            }
          };
        }
      };

  private HandDrivenBroker broker() throws InterruptedException {
    List<TopicSettings> topics =
        List.of(
            new TopicSettings("bad", List.of("ann"), 0, false, 1, true),
            new TopicSettings("good", List.of("ann"), 0, false, 1, true));
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(9, 1 << 20));
    return new HandDrivenBroker(store, new BrokerSettings(topics, List.of(ann), SyncPolicy.ALWAYS));
  }

  @Test
  void othersAreServedItIsToldOnceAndReadAgainEverySecond() throws Exception {
    HandDrivenBroker broker = broker();
    damaged = true;
    broker.publish("bad", "1");
    broker.publish("good", "2");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("2");

    broker.pass(Duration.ofSeconds(5));
    assertThat(broker.told())
        .as("once, however often it was tried")
        .containsExactly("store failing");
    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();

    damaged = false;
    broker.pass(Duration.ofMillis(1001));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  @Test
  void messageThatCouldNotBeReadHasNoDeliveryMore() throws Exception {
    HandDrivenBroker broker = broker();
    damaged = true;
    broker.publish("bad", "1");
    broker.pass(Duration.ofSeconds(3));
    damaged = false;
    broker.pass(Duration.ofSeconds(1));

    assertThat(broker.subscriber("ann").read.get(0).deliveries().get(0).attempt()).isOne();
  }
}
