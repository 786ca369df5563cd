package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Delivery;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The content and the order of a batch. */
class BatchSelectionTest {
  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 3));

  private List<String> send(int messagesMax, long payloadBytesMax) {
    BatchLimits limits = new BatchLimits(messagesMax, payloadBytesMax);
    List<String> payloads = orders.chosen("ann", limits, (Delivery d) -> d.payload().text());
    orders.pushed("ann");
    return payloads;
  }

  @Test
  void higherPrioritiesComeFirstAndWithinOneTheOrderIsThatOfPublishing() {
    orders.publish(message(null, "low", 2));
    orders.publish(message(null, "high 1", 0), message(null, "middle", 1));
    orders.publish(message(null, "high 2", 0));

    assertThat(send(50, 1 << 20)).containsExactly("high 1", "high 2", "middle", "low");
  }

  @Test
  void whatIsSentAgainComesBeforeWhatIsNewOfItsPriorityAlone() {
    orders.publish(message("a", "sent", 1));
    assertThat(send(50, 1 << 20)).containsExactly("sent");
    orders.worker("ann").redeliver();
    orders.publish(message("b", "new", 1), message("c", "high", 0));

    assertThat(send(50, 1 << 20)).containsExactly("high", "sent", "new");
  }

  @Test
  void batchIsFullByMessagesOrByBytesAndHasOneMessageInAnyCase() {
    orders.publish(message("a", "12345", 0), message("b", "67890", 0), message("c", "x", 0));

    assertThat(send(2, 1 << 20)).containsExactly("12345", "67890");
    orders.acknowledge("ann", "a", "b");
    orders.publish(message("d", "12345", 0));
    assertThat(send(50, 5)).as("one that does not fit ends the batch").containsExactly("x");
    orders.acknowledge("ann", "c");
    assertThat(send(50, 1)).as("larger than the limit").containsExactly("12345");
  }

  /** Keys are no payload, but they take memory: in the batch, and in its acknowledgement. */
  @Test
  void batchIsFullByKeysToo() {
    String filler = "k".repeat(4000);
    for (int i = 0; i < 300; i++) {
      orders.publish(filler + i, "x");
    }
    int first = send(1000, 1 << 20).size();
    assertThat(first).isBetween(250, (1 << 20) / 4001);

    orders.worker("ann").redeliver();
    assertThat(send(1000, 1 << 20)).as("sent again").hasSize(first);
  }

  @Test
  void newerVersionOfWhatIsOutWaitsAndIsSentInItsPlace() {
    orders.publish("k", "old");
    assertThat(send(50, 1 << 20)).containsExactly("old");
    orders.publish("k", "new");
    orders.publish("l", "other");
    assertThat(orders.worker("ann").isReady()).isFalse();

    orders.acknowledge("ann", "k");
    assertThat(send(50, 1 << 20)).containsExactly("new", "other");
  }
}
