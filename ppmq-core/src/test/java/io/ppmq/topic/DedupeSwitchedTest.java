package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that were published before Dedupe was switched. */
class DedupeSwitchedTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void acknowledgementWithTheKeyOfBeforeDedupeWasSwitchedCounts() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings(dedupe, 1));
      orders.publish(message(null, "1", 0));
      String before = sentKey(orders);
      orders.restart(settings(!dedupe, 1));
      assertThat(sentKey(orders)).isNotEqualTo(before);
      orders.acknowledge("ann", before);
      orders.worker("ann").redeliver();
      assertThat(orders.send("ann")).isEmpty();
      assertThat(orders.isStoreEmpty()).isTrue();
    }
  }

  @Test
  void producersKeyThatLooksLikeTheOneOfBeforeAcknowledgesItsOwnMessageOnly() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish(message(null, "1", 0));
    String before = sentKey(orders);
    orders.restart(DEDUPE);
    orders.publish(message(before, "producer's", 0));
    orders.acknowledge("ann", before);
    assertThat(orders.send("ann")).containsExactly("1", "producer's");
  }

  @Test
  void whatIsOutWhenDedupeIsSwitchedIsEvictedAndCountedAsBefore() {
    TopicLimits one = new TopicLimits(1, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    OneTopic orders = new OneTopic(store, PLAIN.with(one));
    orders.publish(message(null, "1", 0));
    orders.send("ann");
    orders.topic().apply(DEDUPE.with(one));
    orders.commit();
    assertThat(orders.topic().room().hasRoom(List.of(message(null, "2", 0)))).isFalse();
    assertThat(orders.topic().room().makeRoom(List.of(message(null, "2", 0)))).isEqualTo(1);
    orders.worker("ann").redeliver();
    assertThat(orders.send("ann")).isEmpty();
  }

  /** The key of the one message that is sent. */
  private static String sentKey(OneTopic orders) {
    List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
    orders.pushed("ann");
    assertThat(keys).hasSize(1);
    return keys.get(0);
  }
}
