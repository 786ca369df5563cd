package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.ForwardingStore;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The room in a topic with a bound. */
class TopicRoomTest {
  private static OneTopic orders(long messagesMax, long bytesMax, String... subscribers) {
    return orders(new MemoryStore(1, "nonce000"), messagesMax, bytesMax, subscribers);
  }

  private static OneTopic orders(
      Store store, long messagesMax, long bytesMax, String... subscribers) {
    TopicLimits limits = new TopicLimits(messagesMax, bytesMax, WhenFull.REJECT, 0, null, 0, false);
    return new OneTopic(
        store, new TopicSettings("orders", List.of(subscribers), 0, true, 1, true, limits));
  }

  /** An empty store in memory that adds the name of each call of a topic to a list. */
  private static Store listing(List<String> calls) {
    return new ForwardingStore(new MemoryStore(1, "nonce000")) {
      @Override
      public TopicStore topic(String name) {
        return new ForwardingTopicStore(super.topic(name)) {
          @Override
          protected void before(String method) {
            calls.add(method);
          }
        };
      }
    };
  }

  private static Message delayed(String payload) {
    return new Message(null, Bytes.utf8(payload), null, 0, new Delay(true, 60_000));
  }

  @Test
  void thereIsRoomUpToTheBoundAndAgainWhenSomethingIsAcknowledged() {
    OneTopic orders = orders(2, 0, "ann");
    List<Message> one = List.of(message("c", "3", 0));
    orders.publish("a", "1");
    assertThat(orders.topic().room().hasRoom(one)).isTrue();

    orders.publish("b", "2");
    assertThat(orders.topic().room().hasRoom(one)).isFalse();
    assertThat(orders.topic().room().fullness())
        .isEqualTo("topic \"orders\" is full: MaxMessages 2");

    orders.send("ann");
    orders.acknowledge("ann", "a");
    assertThat(orders.topic().room().hasRoom(one)).isTrue();
  }

  @Test
  void bytesOfPayloadsAndOfProducersKeysCount() {
    OneTopic orders = orders(0, 8, "ann");
    orders.publish("key", "123");

    assertThat(orders.topic().room().hasRoom(List.of(message("k", "1", 0)))).isTrue();
    assertThat(orders.topic().room().hasRoom(List.of(message("k", "12", 0)))).isFalse();
    assertThat(orders.topic().room().hasRoom(List.of(message("key", "12345", 0))))
        .as("it takes the room of the version before")
        .isTrue();
  }

  @Test
  void aTopicFarFromItsBoundLooksUpNoKeys() {
    List<String> calls = new ArrayList<>();
    OneTopic orders = orders(listing(calls), 3, 0, "ann");
    orders.publish("a", "1");

    calls.clear();
    assertThat(orders.topic().room().hasRoom(List.of(message("a", "2", 0), message("b", "3", 0))))
        .isTrue();
    assertThat(calls).doesNotContain("find");

    orders.publish("b", "2");
    assertThat(orders.topic().room().hasRoom(List.of(message("a", "2", 0), message("c", "3", 0))))
        .as("only because one of them replaces another")
        .isTrue();
    assertThat(calls).contains("find");
  }

  @Test
  void whatTheEmptyTopicCouldNotHoldIsRefusedWithTheFigures() {
    OneTopic orders = orders(2, 10, "ann");

    assertThat(orders.topic().room().refusal(List.of(message(null, "12345678901", 0))))
        .isEqualTo(
            "1 message of 11 bytes are more than topic \"orders\" may ever hold, which is"
                + " MaxMessages 2, MaxBytes 10");
    assertThat(orders.topic().room().refusal(List.of(message(null, "1234567890", 0)))).isNull();
  }

  @Test
  void delayedMessagesTakeRoomThatNoEvictionMakes() {
    OneTopic orders = orders(2, 0, "ann");
    orders.publish(delayed("later"));
    orders.publish("a", "1");
    List<Message> one = List.of(message("b", "2", 0));

    assertThat(orders.topic().room().hasRoom(one)).isFalse();
    assertThat(orders.topic().room().canMakeRoom(one)).isTrue();
    assertThat(
            orders.topic().room().canMakeRoom(List.of(message("b", "2", 0), message("c", "3", 0))))
        .isFalse();
  }

  @Test
  void whereNobodySubscribesOnlyWhatIsDelayedTakesRoom() {
    OneTopic orders = orders(1, 0);
    orders.publish("a", "1");
    orders.publish("b", "2");
    assertThat(orders.topic().room().hasRoom(List.of(message("c", "3", 0)))).isTrue();

    orders.publish(delayed("later"));
    assertThat(orders.topic().room().hasRoom(List.of(message("c", "3", 0)))).isTrue();
    assertThat(orders.topic().room().hasRoom(List.of(delayed("later still")))).isFalse();
  }
}
