package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that no subscriber needs leave nothing in the store. */
class SpentMessagesTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void oldVersionOfASubscriberThatCameBackLeavesNothingBehind() {
    List<String> both = List.of("ann", "bob");
    OneTopic orders = new OneTopic(store, settings(both, true, 1));
    orders.publish("k", "old");
    orders.send("ann");
    orders.send("bob");
    orders.restart(settings(List.of("ann"), true, 1));
    orders.publish("k", "new");
    orders.send("ann");
    orders.acknowledge("ann", "k");
    orders.restart(settings(both, true, 1));
    orders.acknowledge("bob", "k");

    assertThat(orders.worker("bob").isReady()).isFalse();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }

  @Test
  void acknowledgedMessagesLeaveNothingInTheStore() {
    for (TopicSettings settings : List.of(settings(false, 2), settings(true, 2))) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings);
      orders.publish(message("k", "1", 0), message("l", "2", 1), message(null, "3", 1));
      List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
      orders.pushed("ann");
      assertThat(orders.isStoreEmpty("k", "l")).isFalse();
      orders.acknowledge("ann", keys.toArray(String[]::new));

      assertThat(orders.isStoreEmpty("k", "l")).as(settings.toString()).isTrue();
    }
  }

  @Test
  void expiredMessagesLeaveNothingInTheStoreThoughNobodyCameForThem() {
    Instant soon = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + 10);
    for (TopicSettings settings : List.of(PLAIN, DEDUPE)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings);
      orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("1"), soon, 0));
      orders.expire(soon);

      assertThat(orders.isStoreEmpty("k")).as(settings.toString()).isTrue();
      assertThat(orders.worker("ann").isReady()).isFalse();
    }
  }

  @Test
  void expiredMessageThatIsFoundInPassingLeavesNothingInTheStore() {
    Instant past = Instant.ofEpochMilli(OneTopic.NOW_MILLIS - 10);
    TopicSettings kept = new TopicSettings("orders", List.of("ann"), 0, true, 1, false);
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("1"), past, 0));
    orders.restart(kept);
    orders.expire(past);
    orders.restart(DEDUPE);

    assertThat(orders.send("ann")).isEmpty();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }

  @Test
  void subscriberThatCameBackToNothingKeepsNothing() {
    List<String> both = List.of("ann", "bob");
    OneTopic orders = new OneTopic(store, settings(both, false, 1));
    orders.restart(settings(List.of("ann"), false, 1));
    orders.publish(message(null, "1", 0));
    List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
    orders.pushed("ann");
    orders.acknowledge("ann", keys.toArray(String[]::new));
    orders.restart(settings(both, false, 1));

    assertThat(orders.isStoreEmpty()).isTrue();
  }
}
