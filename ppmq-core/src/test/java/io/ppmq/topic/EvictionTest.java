package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The messages that make room for others in a full topic. */
class EvictionTest {
  private static OneTopic orders(boolean dedupe, int messagesMax) {
    TopicLimits limits = new TopicLimits(messagesMax, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    return new OneTopic(
        new MemoryStore(1, "nonce000"),
        new TopicSettings("orders", List.of("ann", "bob"), 0, dedupe, 2, true, limits));
  }

  private static long makeRoom(OneTopic orders, String key, String payload, int priority) {
    long evicted = orders.topic().room().makeRoom(List.of(message(key, payload, priority)));
    orders.publish(message(key, payload, priority));
    return evicted;
  }

  @Test
  void oldestOfTheLowestPriorityGoesFirst() {
    OneTopic orders = orders(false, 3);
    orders.publish(message(null, "high", 0));
    orders.publish(message(null, "low 1", 1));
    orders.publish(message(null, "low 2", 1));

    assertThat(makeRoom(orders, null, "new", 0)).isOne();
    assertThat(orders.send("ann")).containsExactly("high", "new", "low 2");
    assertThat(orders.send("bob")).containsExactly("high", "new", "low 2");
  }

  @Test
  void higherPriorityGoesWhenNothingElseIsLeft() {
    OneTopic orders = orders(false, 2);
    orders.publish(message(null, "1", 0), message(null, "2", 0));

    assertThat(makeRoom(orders, null, "3", 1)).isOne();
    assertThat(orders.send("ann")).containsExactly("2", "3");
  }

  @Test
  void whatIsOutIsNotCalledBackAndNotSentAgain() {
    OneTopic orders = orders(false, 1);
    orders.publish(message(null, "out", 0));
    assertThat(orders.send("ann")).containsExactly("out");

    assertThat(makeRoom(orders, null, "new", 0)).isOne();
    assertThat(orders.stats("ann").inFlight()).isOne();
    orders.worker("ann").redeliver();
    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void newVersionOfAKeyNeedsNoRoom() {
    OneTopic orders = orders(true, 2);
    orders.publish("a", "1");
    orders.publish("b", "1");

    assertThat(makeRoom(orders, "a", "2", 0)).isZero();
    assertThat(orders.send("ann")).containsExactly("2", "1");
  }

  @Test
  void keyedMessageThatIsEvictedIsForgotten() {
    OneTopic orders = orders(true, 2);
    orders.publish("a", "1");
    orders.publish("b", "2");

    assertThat(makeRoom(orders, "c", "3", 0)).isOne();
    assertThat(orders.topic().kept(Bytes.utf8("a"))).isNull();
    assertThat(orders.send("bob")).containsExactly("2", "3");
    assertThat(orders.topic().stats().limits().evicted()).isOne();
  }
}
