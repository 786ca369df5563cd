package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.NOW_MILLIS;
import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The messages that a purge removes from queues, and those that it leaves. */
class PurgeTest {
  private static final List<String> BOTH = List.of("ann", "bob");

  private static OneTopic orders(boolean dedupe) {
    return new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(BOTH, dedupe, 2));
  }

  /** Purges all portions; returns the number of removed messages. */
  private static long purge(OneTopic orders, String subscriber) {
    long messages = 0;
    long before = 0;
    do {
      Purged purged = orders.topic().purge(subscriber, before);
      orders.commit();
      messages += purged.messages();
      before = purged.before();
    } while (before != 0);
    return messages;
  }

  @Test
  void purgeOfATopicEmptiesAllQueuesWhatIsOutToo() {
    OneTopic orders = orders(false);
    orders.publish(message(null, "1", 0), message(null, "2", 1));
    assertThat(orders.send("ann")).containsExactly("1", "2");

    assertThat(orders.topic().purge()).containsEntry("ann", 2L).containsEntry("bob", 2L);
    orders.commit();

    assertThat(orders.stats("ann").inFlight()).isZero();
    assertThat(orders.send("bob")).isEmpty();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void purgeOfOneSubscriberLeavesTheOthers() {
    OneTopic orders = orders(false);
    orders.publish(message(null, "1", 0), message(null, "2", 1));

    assertThat(purge(orders, "ann")).isEqualTo(2);

    assertThat(orders.send("ann")).isEmpty();
    assertThat(orders.send("bob")).containsExactly("1", "2");
  }

  @Test
  void keyedMessagesOfOneSubscriberGoInPortionsAndAreKeptForTheOthers() {
    OneTopic orders = orders(true);
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      messages.add(message("k" + i, "p" + i, 0));
    }
    orders.publish(messages.toArray(Message[]::new));
    Purged first = orders.topic().purge("ann", 0);
    orders.commit();
    assertThat(first.isDone()).isFalse();
    Purged second = orders.topic().purge("ann", first.before());
    orders.commit();
    assertThat(second.isDone()).as("a portion is not all").isFalse();
    Purged third = orders.topic().purge("ann", second.before());
    orders.commit();

    assertThat(third.isDone()).isTrue();
    assertThat(first.messages() + second.messages() + third.messages()).isEqualTo(2500);
    assertThat(orders.stats("ann").backlog()).isZero();
    assertThat(orders.stats("bob").backlog()).isEqualTo(2500);
  }

  @Test
  void whatIsPublishedBetweenTwoPortionsStays() {
    OneTopic orders = orders(true);
    orders.publish("old", "1");
    Purged first = orders.topic().purge("ann", 0);
    orders.commit();
    orders.publish("new", "2");
    orders.topic().purge("ann", first.before());
    orders.commit();

    assertThat(orders.send("ann")).containsExactly("2");
  }

  @Test
  void messageThatIsPublishedAfterAPurgeIsDelivered() {
    OneTopic orders = orders(true);
    orders.publish("k", "1");
    orders.topic().purge();
    orders.commit();
    orders.publish("k", "2");

    assertThat(orders.send("ann")).containsExactly("2");
    assertThat(orders.topic().peek("bob", 9, NOW_MILLIS)).hasSize(1);
  }
}
