package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The place where a newer version of a key waits, for each subscriber. */
class KeyedMessagesTest {
  private final OneTopic orders =
      new OneTopic(
          new MemoryStore(1, "nonce000"), OneTopic.settings(List.of("ann", "bob"), true, 2));

  @Test
  void newerVersionTakesThePlaceOfOneThatWasNotSent() {
    orders.publish("a", "1");
    orders.publish("b", "2");
    orders.publish("a", "3");

    assertThat(orders.send("ann")).containsExactly("3", "2");
    assertThat(orders.topic().stats().replaced()).isOne();
  }

  @Test
  void newerVersionOfOneThatWasSentIsQueuedAtTheEndForThatSubscriberAlone() {
    orders.publish("a", "1");
    assertThat(orders.send("ann")).containsExactly("1");
    orders.acknowledge("ann", "a");
    orders.publish("b", "2");
    orders.publish("a", "3");

    assertThat(orders.send("ann")).containsExactly("2", "3");
    assertThat(orders.send("bob")).containsExactly("3", "2");
  }

  @Test
  void higherPriorityMovesToItsEndAndALowerOneKeepsItsPlace() {
    orders.publish(message("a", "1", 1), message("b", "2", 0), message("a", "3", 0));
    assertThat(orders.send("ann")).containsExactly("2", "3");

    orders.publish(message("c", "4", 0), message("d", "5", 1), message("c", "6", 1));
    orders.acknowledge("ann", "a", "b");
    assertThat(orders.send("ann")).as("the better place is kept").containsExactly("6", "5");
  }

  @Test
  void messageIsForgottenWhenTheLastSubscriberIsDoneWithIt() {
    orders.publish("a", "1");
    orders.send("ann");
    orders.acknowledge("ann", "a");
    assertThat(orders.topic().kept(Bytes.utf8("a"))).isNotNull();

    orders.send("bob");
    orders.acknowledge("bob", "a");
    assertThat(orders.topic().kept(Bytes.utf8("a"))).isNull();
    assertThat(orders.isStoreEmpty("a")).isTrue();
  }

  @Test
  void acknowledgementOfAnOlderVersionLeavesTheNewer() {
    orders.publish("a", "1");
    orders.send("ann");
    orders.publish("a", "2");
    orders.acknowledge("ann", "a");

    assertThat(orders.send("ann")).containsExactly("2");
  }
}
