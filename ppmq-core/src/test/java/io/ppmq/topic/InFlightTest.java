package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Chosen messages: pushed or not, acknowledged or not. */
class InFlightTest {
  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));

  private OneWorker ann() {
    return orders.worker("ann");
  }

  @Test
  void pushThatFailedCountsAsNoDelivery() {
    orders.publish("a", "1");
    orders.choose("ann");
    orders.failed("ann");

    assertThat(orders.stats("ann").delivered()).isZero();
    assertThat(orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.attempt()))
        .containsExactly(1);
  }

  @Test
  void acknowledgementThatOvertakesTheEndOfThePushCountsWhenItEnds() {
    orders.publish("a", "1");
    orders.choose("ann");
    orders.acknowledge("ann", "a");
    assertThat(orders.stats("ann").inFlight()).as("the push is under way").isOne();

    orders.pushed("ann");
    assertThat(orders.stats("ann").inFlight()).isZero();
    assertThat(orders.stats("ann").acknowledged()).isOne();
  }

  @Test
  void acknowledgementOfWhatWasNeverPushedDoesNothing() {
    orders.publish("a", "1");
    orders.choose("ann");
    orders.acknowledge("ann", "a");
    orders.failed("ann");

    assertThat(orders.send("ann")).containsExactly("1");
  }

  @Test
  void lateAcknowledgementOfWhatWaitsToBeSentAgainIsHonoured() {
    orders.publish("a", "1");
    orders.send("ann");
    ann().redeliver();
    orders.acknowledge("ann", "a");

    assertThat(orders.send("ann")).isEmpty();
  }

  @Test
  void redeliveryDuringAPushFollowsIt() {
    orders.publish("a", "1");
    orders.choose("ann");
    ann().redeliver();
    assertThat(ann().isReady()).isFalse();

    orders.pushed("ann");
    assertThat(orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.attempt()))
        .containsExactly(2);
  }

  @Test
  void extendNamesTheKeysThatAreNotOut() {
    orders.publish("a", "1");
    orders.send("ann");

    assertThat(ann().extend(5, "a", "unknown"))
        .extracting(key -> key.text())
        .isEqualTo(List.of("unknown"));
  }
}
