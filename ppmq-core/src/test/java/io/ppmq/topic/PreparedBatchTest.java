package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches that are prepared before they can be sent. */
class PreparedBatchTest {
  private static final BatchLimits TWO = new BatchLimits(2, 1 << 20);

  private final Store store = new MemoryStore(1, "nonce000");

  /** A topic of three priorities with a message in flight, and p1 to p4 of priority 1 behind it. */
  private OneTopic ordersWithOneOut(TopicSettings settings) {
    OneTopic orders = new OneTopic(store, settings);
    orders.publish(message(null, "out", 0));
    assertThat(orders.send("ann")).containsExactly("out");
    orders.publish(message(null, "p1", 1), message(null, "p2", 1));
    orders.publish(message(null, "p3", 1), message(null, "p4", 1));
    return orders;
  }

  private static void acknowledgeAll(OneTopic orders) {
    List<String> keys = new ArrayList<>();
    for (PeekedMessage message : orders.topic().peek("ann", 9, OneTopic.NOW_MILLIS)) {
      if (message.state() == PeekedMessage.State.IN_FLIGHT) {
        keys.add(message.delivery().key().text());
      }
    }
    orders.acknowledge("ann", keys.toArray(String[]::new));
  }

  private static List<String> sendTwo(OneTopic orders) {
    List<String> payloads = orders.chosen("ann", TWO, delivery -> delivery.payload().text());
    orders.pushed("ann");
    return payloads;
  }

  @Test
  void preparedBatchIsTheOneThatIsChosen() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    Batch prepared = orders.worker("ann").prepare(TWO);
    assertThat(prepared).isNotNull();
    acknowledgeAll(orders);
    orders.publish(message(null, "p5", 1), message(null, "p6", 2));
    assertThat(orders.worker("ann").choose(TWO, OneTopic.NOW_MILLIS)).isSameAs(prepared);
    orders.pushed("ann");
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p3", "p4");
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p5", "p6");
  }

  @Test
  void whatIsPreparedIsNotOut() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    assertThat(orders.stats("ann").backlog()).isEqualTo(4);
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    orders.restart(settings(false, 3));
    assertThat(orders.send("ann")).containsExactly("out", "p1", "p2", "p3", "p4");
  }

  @Test
  void whatLiesBehindAFullBatchIsNotLookedAtPreparedOrNot() {
    for (boolean isPrepared : List.of(false, true)) {
      OneTopic orders =
          new OneTopic(new MemoryStore(1, "nonce000"), settings(List.of("ann"), false, 1));
      for (String payload : List.of("one", "two", "three", "four")) {
        orders.publish(null, payload);
      }
      Instant past = Instant.ofEpochMilli(OneTopic.NOW_MILLIS - 1);
      orders.publish(new Message(null, Bytes.utf8("expired"), past, 0));
      sendTwo(orders);
      if (isPrepared) {
        assertThat(orders.worker("ann").prepare(TWO)).isNotNull();
      }
      acknowledgeAll(orders);
      assertThat(sendTwo(orders)).containsExactly("three", "four");
      assertThat(orders.stats("ann").backlog()).as("prepared: %s", isPrepared).isEqualTo(1);
    }
  }

  @Test
  void higherPriorityGoesBeforeWhatWasPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.publish(message(null, "urgent", 0));
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("urgent", "p1");
  }

  @Test
  void whatIsSentAgainGoesBeforeWhatWasPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.worker("ann").redeliver();
    assertThat(sendTwo(orders)).containsExactly("out", "p1");
  }

  @Test
  void whatWasPurgedIsNotPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.topic().purge();
    orders.commit();
    orders.publish(message(null, "new", 1));
    assertThat(sendTwo(orders)).containsExactly("new");
  }

  @Test
  void whatWasEvictedIsNotPrepared() {
    TopicLimits limits = new TopicLimits(5, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    OneTopic orders =
        ordersWithOneOut(new TopicSettings("orders", List.of("ann"), 0, false, 3, true, limits));
    orders.worker("ann").prepare(TWO);
    orders.topic().room().makeRoom(List.of(message(null, "p5", 1)));
    orders.publish(message(null, "p5", 1));
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p2", "p3");
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
  void whatWasQueuedBeforeExpireWasSwitchedOnIsNotPreparedPastItsExpiry() {
    OneTopic orders = new OneTopic(store, withExpire(false, false));
    orders.publish(message(null, "out", 0));
    orders.send("ann");
    orders.publish(expiring("1", 1), expiring("2", 1));
    orders.topic().apply(withExpire(false, true));
    assertThat(orders.worker("ann").prepare(TWO)).isNull();
  }
}
