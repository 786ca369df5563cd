package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.NOW_MILLIS;
import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that a subscriber could not process. */
final class NackTest {
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final Nack AFTER_30_S = new Nack(30_000, "no such host");
  private static final Nack AT_ONCE = new Nack(0, null);
  private static final Nack BY_ATTEMPTS = new Nack(Nack.BY_ATTEMPTS, null);

  private final MemoryStore store = new MemoryStore(1, "nonce000");
  private OneTopic orders = new OneTopic(store, OneTopic.settings(false, 2));

  private OneWorker ann() {
    return orders.worker("ann");
  }

  /** The keys of the next batch, pushed whole at moment 0. */
  private List<String> send() {
    List<String> keys =
        orders.chosen("ann", OneTopic.BATCH, (Delivery delivery) -> delivery.key().text());
    orders.pushed("ann");
    return keys;
  }

  private void nack(Nack nack, String... keys) {
    ann().nack(nack, 0, NOW_MILLIS, keys);
    orders.commit();
  }

  /** All of them are in memory, and in each commit. */
  @Test
  void nackedMessagesWithLongKeysAreFew() {
    orders = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    String filler = "k".repeat(4000);
    for (int i = 0; i < 1000; i++) {
      orders.publish(filler + i, "x");
    }
    int nacked = 0;
    for (List<String> keys = send(); !keys.isEmpty(); keys = send()) {
      nack(AFTER_30_S, keys.toArray(String[]::new));
      nacked += keys.size();
    }
    assertThat(nacked * 4000).isBetween(2_000_000, 2_400_000);

    assertThat(takeDue(30)).isTrue();
    assertThat(send()).hasSize(50);
  }

  private boolean takeDue(long seconds) {
    return ann().takeDue(seconds * SECOND_NANOS, NOW_MILLIS);
  }

  private List<String> payloads() {
    return orders.send("ann");
  }

  // ---- waiting aside --------------------------------------------------------------------------

  @Test
  void nackedMessageLeavesItsBatchAtOnceAndWhatIsBehindGoesOn() {
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = send();
    orders.publish(message(null, "3", 0));
    nack(AFTER_30_S, keys.get(0));
    assertThat(orders.stats("ann"))
        .extracting(QueueStats::inFlight, QueueStats::nacked, QueueStats::backlog)
        .containsExactly(1L, 1L, 1L);
    assertThat(ann().isReady()).isFalse();
    orders.acknowledge("ann", keys.get(1));
    assertThat(payloads()).containsExactly("3");
  }

  @Test
  void itIsNotSentBeforeItsMomentAndThenFirstInTheOldOrder() {
    orders.publish(message(null, "1", 0), message(null, "2", 0), message(null, "3", 1));
    List<String> keys = send();
    nack(AFTER_30_S, keys.toArray(String[]::new));
    orders.publish(message(null, "4", 0), message(null, "5", 1));
    assertThat(ann().takeDue(30 * SECOND_NANOS - 1, NOW_MILLIS)).isFalse();
    assertThat(takeDue(30)).isTrue();
    assertThat(payloads()).containsExactly("1", "2", "4", "3", "5");
    assertThat(takeDue(3000)).isFalse();
  }

  @Test
  void deliveryThatIsNackedCountsOnce() {
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    nack(AT_ONCE, key);
    assertThat(attempts()).containsExactly(2);
    nack(AT_ONCE, key);
    assertThat(attempts()).containsExactly(3);
  }

  private List<Integer> attempts() {
    List<Integer> attempts = orders.chosen("ann", OneTopic.BATCH, Delivery::attempt);
    orders.pushed("ann");
    return attempts;
  }

  @Test
  void withoutRetryAfterItIsASecondDoubledWithEachDeliveryUpToFiveMinutes() {
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    long[] seconds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    for (long second : seconds) {
      nack(BY_ATTEMPTS, key);
      assertThat(ann().takeDue(second * SECOND_NANOS - 1, NOW_MILLIS)).isFalse();
      assertThat(takeDue(second)).isTrue();
      assertThat(payloads()).containsExactly("1");
    }
  }

  @Test
  void nackOfWhatIsNotOutDoesNothing() {
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    nack(AT_ONCE, "nobody's");
    nack(AFTER_30_S, key);
    nack(AT_ONCE, key);
    assertThat(takeDue(29)).isFalse();
    assertThat(takeDue(30)).isTrue();
    nack(AFTER_30_S, key); // it waits to be sent again: not in flight
    assertThat(payloads()).containsExactly("1");
    orders.acknowledge("ann", key);
    nack(AT_ONCE, key);
    assertThat(orders.stats("ann").backlog()).isZero();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void acknowledgementOfANackedMessageThatWaitsIsHonoured() {
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    nack(AFTER_30_S, key);
    orders.acknowledge("ann", key);
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(takeDue(60)).isFalse();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void nackThatOvertakesTheNoteOfThePushCounts() {
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
    nack(AFTER_30_S, keys.get(0));
    assertThat(orders.stats("ann").nacked()).isZero();
    orders.pushed("ann");
    assertThat(orders.stats("ann").nacked()).isEqualTo(1);
    assertThat(takeDue(29)).isFalse();
    assertThat(takeDue(30)).isTrue();
  }

  @Test
  void nackOfAPushThatFailedDoesNothing() {
    orders.publish(message(null, "1", 0));
    String key = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text()).get(0);
    nack(AFTER_30_S, key);
    orders.failed("ann");
    assertThat(payloads()).containsExactly("1");
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
  }

  @Test
  void redeliveryDoesNotSendANackedMessageSooner() {
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = send();
    nack(AFTER_30_S, keys.get(0));
    ann().redeliver();
    assertThat(payloads()).containsExactly("2");
    assertThat(takeDue(29)).isFalse();
  }

  @Test
  void whatIsOutWithAnotherWorkerIsNotTouched() {
    OneWorker other = new OneWorker(orders.topic(), "ann");
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    other.nack(AFTER_30_S, 0, NOW_MILLIS, key);
    assertThat(other.extend(0, key)).containsExactly(Bytes.utf8(key));
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    ann().nackOverAnyConnection(AFTER_30_S, key);
    assertThat(orders.stats("ann").nacked()).isEqualTo(1);
  }

  @Test
  void peekShowsNackedMessagesLast() {
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = send();
    nack(AFTER_30_S, keys.get(0));
    orders.publish(message(null, "3", 0));
    assertThat(orders.topic().peek("ann", 10, NOW_MILLIS))
        .map(peeked -> peeked.delivery().payload().text() + " " + peeked.state())
        .containsExactly("2 in flight", "3 queued", "1 nacked");
  }

  @Test
  void peekShowsTheReasonWhileTheMessageWaits() {
    orders.publish(message(null, "1", 0));
    List<String> keys = send();
    nack(AFTER_30_S, keys.get(0));
    assertThat(orders.topic().peek("ann", 10, NOW_MILLIS))
        .map(PeekedMessage::reason)
        .containsExactly("no such host");

    takeDue(30);

    assertThat(orders.topic().peek("ann", 10, NOW_MILLIS))
        .map(PeekedMessage::reason)
        .containsOnlyNulls();
  }

  @Test
  void purgeTakesNackedMessagesToo() {
    orders.publish(message(null, "1", 0));
    nack(AFTER_30_S, send().get(0));
    assertThat(orders.topic().purge("ann", 0).messages()).isEqualTo(1);
    orders.commit();
    assertThat(takeDue(30)).isFalse();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  // ---- restarts -------------------------------------------------------------------------------

  @Test
  void momentIsKeptOverACrashByTheWallClock() {
    orders.publish(message(null, "1", 0));
    nack(AFTER_30_S, send().get(0));
    orders.crash(OneTopic.settings(false, 2));
    long newNanos = 77 * SECOND_NANOS;
    assertThat(ann().takeDue(newNanos, NOW_MILLIS + 10_000)).isFalse();
    assertThat(orders.stats("ann").nacked()).isEqualTo(1);
    assertThat(payloads()).isEmpty();
    assertThat(ann().takeDue(newNanos + 20 * SECOND_NANOS - 1, NOW_MILLIS)).isFalse();
    assertThat(ann().takeDue(newNanos + 20 * SECOND_NANOS, NOW_MILLIS)).isTrue();
    assertThat(attempts()).containsExactly(2);
  }

  @Test
  void afterACrashItNeverWaitsLongerThanItWasToldTo() {
    orders.publish(message(null, "1", 0));
    nack(AFTER_30_S, send().get(0));
    orders.crash(OneTopic.settings(false, 2));
    assertThat(ann().takeDue(0, NOW_MILLIS - 1_000_000)).isFalse();
    assertThat(takeDue(30)).isTrue();
  }

  @Test
  void momentThatPassedWhileNothingRanHasCome() {
    orders.publish(message(null, "1", 0));
    nack(AFTER_30_S, send().get(0));
    orders.restart(OneTopic.settings(false, 2));
    assertThat(ann().takeDue(0, NOW_MILLIS + 30_000)).isTrue();
    assertThat(payloads()).containsExactly("1");
  }

  @Test
  void whatWasSavedTwiceKeepsItsMoment() {
    orders.publish(message(null, "1", 0));
    nack(AFTER_30_S, send().get(0));
    orders.crash(OneTopic.settings(false, 2));
    orders.publish(message(null, "2", 0));
    assertThat(payloads()).containsExactly("2"); // saves the queue before the due time is requested
    orders.crash(OneTopic.settings(false, 2));
    assertThat(ann().takeDue(0, NOW_MILLIS + 29_999)).isFalse();
    assertThat(ann().takeDue(1_000_000, NOW_MILLIS)).isTrue();
  }

  // ---- keys -----------------------------------------------------------------------------------

  @Test
  void newerVersionEndsANackedOneAndIsQueuedAtTheEnd() {
    orders = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 2));
    orders.publish("a", "a1");
    orders.publish("b", "b1");
    send();
    nack(AFTER_30_S, "a");
    orders.acknowledge("ann", "b");
    orders.publish("c", "c1");
    orders.publish("a", "a2");
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(orders.chosen("ann", OneTopic.BATCH, d -> d.payload().text() + " " + d.attempt()))
        .containsExactly("c1 1", "a2 1");
  }

  @Test
  void nackOfAVersionThatANewerOneHasReplacedLeavesTheNewerOne() {
    orders = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 2));
    orders.publish("a", "a1");
    send();
    orders.publish("b", "b1");
    orders.publish("a", "a2");
    nack(AFTER_30_S, "a");
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(payloads()).containsExactly("b1", "a2");
    orders.acknowledge("ann", "a", "b");
    assertThat(orders.isStoreEmpty("a", "b")).isTrue();
  }

  // ---- dying ----------------------------------------------------------------------------------

  @Test
  void atMaxDeliveriesItDiesWithTheReason() {
    orders = new OneTopic(store, OneTopic.settings(false, 2).with(deliveries(2)));
    orders.publish(message(null, "1", 0));
    String key = send().get(0);
    nack(AT_ONCE, key);
    assertThat(ann().hasSpent()).isFalse();
    assertThat(payloads()).containsExactly("1");
    nack(AFTER_30_S, key);
    List<DeadMessage> dead = ann().takeDead(NOW_MILLIS);
    assertThat(dead).map(DeadMessage::attempts).containsExactly(2);
    assertThat(dead).map(DeadMessage::nack).containsExactly(AFTER_30_S);
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void neverDiesAtOnce() {
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = send();
    nack(new Nack(Nack.NEVER, null), keys.get(0));
    assertThat(ann().takeDead(NOW_MILLIS)).map(DeadMessage::attempts).containsExactly(1);
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    assertThat(orders.stats("ann").backlog()).isZero();
  }

  @Test
  void largeMessagesDieAFewAtATimeInOrder() {
    String large = "x".repeat(400_000);
    for (int i = 0; i < 5; i++) {
      orders.publish(message(null, i + large, 0));
    }
    BatchLimits limits = new BatchLimits(50, 16 << 20);
    String[] keys =
        orders
            .chosen("ann", limits, (Delivery delivery) -> delivery.key().text())
            .toArray(String[]::new);
    orders.pushed("ann");
    nack(new Nack(Nack.NEVER, null), keys);
    List<DeadMessage> first = ann().takeDead(NOW_MILLIS);
    assertThat(first)
        .map(message -> message.key().text())
        .containsExactly(keys[0], keys[1], keys[2]);
    assertThat(ann().hasSpent()).isTrue();
    assertThat(orders.chosen("ann", limits, (Delivery delivery) -> delivery.key().text()))
        .isEmpty();
    List<DeadMessage> rest = ann().takeDead(NOW_MILLIS);
    assertThat(rest).map(message -> message.key().text()).containsExactly(keys[3], keys[4]);
    assertThat(ann().hasSpent()).isFalse();
  }

  @Test
  void newerVersionThatComesBeforeTheBurialIsQueuedAtTheEndToo() {
    orders = new OneTopic(store, OneTopic.settings(true, 2));
    orders.publish("a", "a1");
    send();
    orders.publish("b", "b1");
    nack(new Nack(Nack.NEVER, null), "a");
    orders.publish("a", "a2");
    assertThat(ann().takeDead(NOW_MILLIS)).isEmpty();
    assertThat(payloads()).containsExactly("b1", "a2");
    orders.acknowledge("ann", "a", "b");
    assertThat(orders.isStoreEmpty("a", "b")).isTrue();
  }

  private static TopicLimits deliveries(int max) {
    return new TopicLimits(0, 0, WhenFull.BLOCK, max, "dead", 0, false);
  }

  // ---- the bound ------------------------------------------------------------------------------

  @Test
  void nothingNewIsSentBesideTenThousandThatWait() {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 10_100; i++) {
      messages.add(message(null, "" + i, 0));
    }
    orders.publish(messages.toArray(Message[]::new));
    List<String> first = send();
    nack(new Nack(1000, null), first.get(0));
    nack(AFTER_30_S, first.toArray(String[]::new));
    while (ann().isReady()) {
      nack(AFTER_30_S, send().toArray(String[]::new));
    }
    assertThat(orders.stats("ann").nacked()).isEqualTo(10_000);
    assertThat(orders.stats("ann").backlog()).isEqualTo(100);
    assertThat(payloads()).isEmpty();
    assertThat(takeDue(1)).isTrue();
    assertThat(payloads()).containsExactly("0");
    orders.acknowledge("ann", first.get(0));
    assertThat(payloads()).containsExactly("10000");
  }

  // ---- extending ------------------------------------------------------------------------------

  @Test
  void timeForAcknowledgingBeginsAgainWithExtend() {
    orders = new OneTopic(store, ackRetry(10_000));
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    List<String> keys = send();
    assertThat(ann().deadlineNanos()).isEqualTo(10 * SECOND_NANOS);
    assertThat(ann().extend(7 * SECOND_NANOS, keys.get(0), "nobody's"))
        .containsExactly(Bytes.utf8("nobody's"));
    assertThat(ann().redeliverDue(10 * SECOND_NANOS - 1)).isZero();
    assertThat(ann().redeliverDue(10 * SECOND_NANOS)).isEqualTo(1);
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    assertThat(ann().deadlineNanos()).isEqualTo(17 * SECOND_NANOS);
    assertThat(ann().extend(12 * SECOND_NANOS, keys.get(1))).hasSize(1);
    assertThat(ann().redeliverDue(17 * SECOND_NANOS)).isEqualTo(1);
    assertThat(payloads()).containsExactly("1", "2");
  }

  private static TopicSettings ackRetry(long millis) {
    return new TopicSettings("orders", List.of("ann"), millis, false, 2, true);
  }
}
