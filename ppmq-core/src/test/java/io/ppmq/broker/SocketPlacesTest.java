package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several connections to one socket, and fewer of them after a reload. */
class SocketPlacesTest {
  private final MemoryStore store = new MemoryStore(1, "nonce000");
  private HandDrivenBroker broker;
  private FakeSubscriber first;
  private FakeSubscriber second;

  private static BrokerSettings settings(int connections) {
    SubscriberSettings ann =
        new SubscriberSettings("ann", new BatchLimits(1, 1 << 20), false, "", connections);
    return new BrokerSettings(
        List.of(new TopicSettings("t", List.of("ann"), 0, false, 1, false)),
        List.of(ann),
        SyncPolicy.ALWAYS);
  }

  @BeforeEach
  void startWithTwoPlaces() throws Exception {
    broker = new HandDrivenBroker(store, settings(2));
    first = broker.places("ann").get(0);
    second = broker.places("ann").get(1);
    broker.publish("t", "1", "2", "3", "4");
  }

  @AfterEach
  void stop() {
    broker.stop();
    store.close();
  }

  @Test
  void reloadTakesAFreePlaceAwayBeforeABusyOne() throws Exception {
    acknowledge(first, "1");
    acknowledge(first, "3");
    acknowledge(first, "4");

    broker.apply(settings(1));

    assertThat(first.takePayloads()).isEmpty();
    acknowledge(second, "2");
    broker.publish("t", "5");
    assertThat(second.takePayloads()).containsExactly("5");
    assertThat(first.takePayloads()).isEmpty();
  }

  @Test
  void busyPlaceThatIsTakenAwayFinishesItsBatch() throws Exception {
    broker.apply(settings(1));

    acknowledge(second, "2");
    assertThat(second.takePayloads()).isEmpty();
    acknowledge(first, "1");
    assertThat(first.takePayloads()).containsExactly("3");
  }

  @Test
  void placeThatIsFinishingItsBatchStaysWhereAReloadWantsItBack() throws Exception {
    broker.apply(settings(1));
    broker.apply(settings(2));

    assertThat(broker.places("ann")).hasSize(2);
    acknowledge(second, "2");
    assertThat(second.takePayloads()).containsExactly("3");
  }

  @Test
  void placeThatAReloadAddsIsSentWhatWaitsAlready() throws Exception {
    broker.apply(settings(3));

    assertThat(broker.places("ann").get(2).takePayloads()).containsExactly("3");
  }

  @Test
  void reconnectIsAboutAPlaceThatIsFinishingItsBatchToo() throws Exception {
    broker.apply(settings(1));

    broker.reconnect("ann", null);

    assertThat(first.read).hasSize(2); // its messages, once more
    List<Bytes> keys = first.keysOfLast("t");
    first.takePayloads();
    broker.acknowledge("t", "ann", keys);
    assertThat(first.takePayloads()).containsExactly("2");
  }

  private void acknowledge(FakeSubscriber place, String payload) throws Exception {
    List<Bytes> keys = place.keysOfLast("t");
    assertThat(place.takePayloads()).containsExactly(payload);
    broker.acknowledge("t", "ann", keys);
  }
}
