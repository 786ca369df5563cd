package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that were published before Expire was switched on. */
class ExpireSwitchedTest {
  private final Store store = new MemoryStore(1, "nonce000");

  private static void acknowledgeAll(OneTopic orders) {
    List<String> keys = new ArrayList<>();
    for (PeekedMessage message : orders.topic().peek("ann", 9, OneTopic.NOW_MILLIS)) {
      if (message.state() == PeekedMessage.State.IN_FLIGHT) {
        keys.add(message.delivery().key().text());
      }
    }
    orders.acknowledge("ann", keys.toArray(String[]::new));
  }

  private static TopicSettings withExpire(boolean dedupe, boolean expire) {
    return new TopicSettings("orders", List.of("ann"), 0, dedupe, 1, expire);
  }

  /** A message that expires this many milliseconds from now. */
  private static Message expiring(String key, long millis) {
    Instant expires = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + millis);
    return new Message(Bytes.utf8(key), Bytes.utf8(key), expires, 0);
  }

  @Test
  void whatWasQueuedBeforeExpireWasSwitchedOnIsNotSentPastItsExpiry() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), withExpire(dedupe, false));
      orders.publish(expiring("past", -1), expiring("future", 1), message("live", "live", 0));
      orders.topic().apply(withExpire(dedupe, true));
      assertThat(orders.send("ann")).containsExactly("future", "live");
      acknowledgeAll(orders);
      assertThat(orders.stats("ann").backlog()).isZero();
      assertThat(orders.isStoreEmpty("past", "future", "live")).isTrue();
    }
  }

  @Test
  void whatWasSentBeforeExpireWasSwitchedOnIsNotSentAgainPastItsExpiry() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), withExpire(dedupe, false));
      orders.publish(expiring("past", -1), message("live", "live", 0));
      orders.send("ann");
      orders.restart(withExpire(dedupe, true));
      assertThat(orders.send("ann")).containsExactly("live");
      acknowledgeAll(orders);
      assertThat(orders.isStoreEmpty("past", "live")).isTrue();
    }
  }

  @Test
  void whatWasSentBeforeExpireWasSwitchedOnHoldsNothingBackPastItsExpiry() {
    OneTopic orders = new OneTopic(store, withExpire(false, false));
    orders.publish(expiring("past", 1));
    orders.send("ann");
    orders.publish(message(null, "next", 0));
    orders.topic().apply(withExpire(false, true));
    assertThat(orders.topic().nextEndMillis()).isEqualTo(OneTopic.NOW_MILLIS + 1);
    orders.topic().expireOut(OneTopic.NOW_MILLIS + 1);
    assertThat(orders.send("ann")).containsExactly("next");
  }
}
