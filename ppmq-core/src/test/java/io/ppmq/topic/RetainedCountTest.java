package io.ppmq.topic;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Retained;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The messages that count against the bound of a topic. */
class RetainedCountTest {
  private static TopicSettings settings(long messagesMax, String... subscribers) {
    TopicLimits limits = new TopicLimits(messagesMax, 0, WhenFull.REJECT, 0, null, 0, false);
    return new TopicSettings("orders", List.of(subscribers), 0, true, 1, true, limits);
  }

  private static OneTopic orders(long messagesMax) {
    return new OneTopic(new MemoryStore(1, "nonce000"), settings(messagesMax, "ann", "bob"));
  }

  private static Retained retained(OneTopic orders) {
    return requireNonNull(orders.topic().stats().limits().retained());
  }

  @Test
  void messageCountsOnceUntilTheLastSubscriberIsDoneWithIt() {
    OneTopic orders = orders(9);
    orders.publish("key", "12345");
    assertThat(retained(orders)).isEqualTo(new Retained(1, 8));

    orders.send("ann");
    orders.acknowledge("ann", "key");
    assertThat(retained(orders)).isEqualTo(new Retained(1, 8));
    orders.send("bob");
    orders.acknowledge("bob", "key");
    assertThat(retained(orders)).isEqualTo(Retained.NOTHING);
  }

  @Test
  void newerVersionCountsInsteadOfTheOlder() {
    OneTopic orders = orders(9);
    orders.publish("key", "12345");
    orders.publish("key", "1");

    assertThat(retained(orders)).isEqualTo(new Retained(1, 4));
  }

  @Test
  void brokersOwnKeyDoesNotCount() {
    OneTopic orders = orders(9);
    orders.publish(OneTopic.message(null, "12345", 0));

    assertThat(retained(orders)).isEqualTo(new Retained(1, 5));
  }

  @Test
  void whatIsThereIsCountedWhenTheBoundIsNewAndNothingWithoutOne() {
    OneTopic orders = orders(0);
    orders.publish("a", "1");
    orders.publish("b", "2");
    assertThat(orders.topic().stats().limits().retained()).isNull();

    orders.topic().apply(settings(9, "ann", "bob"));
    orders.commit();
    assertThat(retained(orders)).isEqualTo(new Retained(2, 4));
    orders.restart(settings(9, "ann", "bob"));
    assertThat(retained(orders)).isEqualTo(new Retained(2, 4));
  }

  @Test
  void deletedAndPurgedMessagesDoNotCount() {
    OneTopic orders = orders(9);
    orders.publish("a", "1");
    orders.publish("b", "2");
    orders.topic().delete(Bytes.utf8("a"));
    orders.commit();
    assertThat(retained(orders)).isEqualTo(new Retained(1, 2));

    orders.topic().purge();
    orders.topic().recount();
    orders.commit();
    assertThat(retained(orders)).isEqualTo(Retained.NOTHING);
  }
}
