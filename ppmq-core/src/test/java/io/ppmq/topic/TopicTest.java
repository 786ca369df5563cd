package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Delivery;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A topic beside others, its priorities and the bound of its batches. */
class TopicTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void topicsOfOneStoreDoNotMix() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    OneTopic bills =
        new OneTopic(store, new TopicSettings("bills", List.of("ann"), 0, true, 1, true));
    orders.publish("k", "order");
    bills.publish("k", "bill");

    assertThat(orders.send("ann")).containsExactly("order");
    orders.acknowledge("ann", "k");
    assertThat(bills.send("ann")).containsExactly("bill");
    assertThat(orders.isStoreEmpty("k")).isTrue();
    assertThat(bills.stats("ann").inFlight()).isEqualTo(1);
  }

  @Test
  void prioritiesOutOfRangeAreTakenAsTheNearest() {
    OneTopic orders = new OneTopic(store, settings(false, 3));
    orders.publish(
        message(null, "low", Integer.MAX_VALUE),
        message(null, "middle", 1),
        message(null, "high", Integer.MIN_VALUE));

    assertThat(orders.chosen("ann", OneTopic.BATCH, Delivery::priority)).containsExactly(0, 1, 2);
  }

  @Test
  void batchBoundedInBytesHoldsAtLeastOneMessage() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish(message(null, "x".repeat(500), 0), message(null, "y", 0));
    BatchLimits tiny = new BatchLimits(10, 1);

    assertThat(orders.chosen("ann", tiny, delivery -> delivery.payload().length()))
        .containsExactly(500);
  }
}
