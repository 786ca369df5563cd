package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The counters of a subscriber's queue. */
class QueueCountersTest {
  private static OneTopic orders(boolean dedupe) {
    return new OneTopic(
        new MemoryStore(1, "nonce000"), OneTopic.settings(List.of("ann"), dedupe, 2));
  }

  @Test
  void everyPushIsCountedAndOnlyLaterOnesAsRedelivered() {
    OneTopic orders = orders(true);
    orders.publish("a", "1");
    orders.send("ann");
    orders.worker("ann").redeliver();
    orders.commit();
    assertThat(orders.stats("ann").backlog()).as("waits to be sent again").isOne();
    orders.send("ann");
    orders.acknowledge("ann", "a");

    QueueStats stats = orders.stats("ann");
    assertThat(stats.delivered()).isEqualTo(2);
    assertThat(stats.redelivered()).isOne();
    assertThat(stats.acknowledged()).isOne();
    assertThat(stats.backlog() + stats.inFlight()).isZero();
  }

  @Test
  void secondAcknowledgementIsNotCounted() {
    OneTopic orders = orders(true);
    orders.publish("a", "1");
    orders.send("ann");
    orders.acknowledge("ann", "a");
    orders.acknowledge("ann", "a", "unknown");

    assertThat(orders.stats("ann").acknowledged()).isOne();
  }

  @Test
  void keyThatWaitsInTwoPlacesIsOneMessage() {
    OneTopic orders = orders(true);
    orders.publish(message("k", "old", 1));
    orders.choose("ann");
    orders.failed("ann"); // it was chosen, and keeps its place
    orders.publish(message("k", "new", 0)); // and now has a better place

    assertThat(orders.stats("ann").backlog()).isOne();
    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void oldestIsThatOfWhatWaitsAndNotOfWhatIsOut() {
    OneTopic orders = orders(false);
    orders.publish(message(null, "1", 0));
    assertThat(orders.stats("ann").oldestMillis()).isEqualTo(OneTopic.NOW_MILLIS);

    orders.send("ann");
    assertThat(orders.stats("ann").oldestMillis()).isZero();
  }
}
