package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The version to which an acknowledgement applies. */
class AcknowledgedVersionsTest {
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void ackOfAnOlderVersionLeavesTheNewerOne() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void peekShowsNothingOfTheNewerVersionInPlaceOfTheOneThatIsOut() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "older");
    orders.send("ann");
    orders.publish("k", "newer");
    List<PeekedMessage> peeked = orders.topic().peek("ann", 9, OneTopic.NOW_MILLIS);
    assertThat(peeked).extracting(PeekedMessage::replaced).containsExactly(true, false);
    assertThat(peeked).map(m -> m.delivery().payload().text()).containsExactly("", "newer");
    assertThat(peeked).map(m -> m.delivery().key().text()).containsExactly("k", "k");
  }

  @Test
  void lateAckOfAnOlderVersionLeavesTheNewerOneWhosePushFailed() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.worker("ann").redeliver();
    assertThat(orders.choose("ann")).containsExactly("new");
    orders.failed("ann");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void lateAckOfAnOlderVersionDuringAPushThatFailsLeavesTheNewerOne() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.worker("ann").redeliver();
    orders.choose("ann");
    orders.acknowledge("ann", "k");
    orders.failed("ann");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void secondAckDoesNotRemoveALaterMessageThatWasNeverSent() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "first");
    orders.send("ann");
    orders.acknowledge("ann", "k");
    orders.publish("k", "second");
    orders.choose("ann");
    orders.failed("ann");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("second");
  }

  @Test
  void lateAckAfterARestartDoesNotRemoveANewerVersion() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.choose("ann");
    orders.topic().flush();
    orders.pushed("ann");
    orders.crash(DEDUPE);
    orders.publish("k", "new");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void ackThatOvertakesTheReportOfThePushCounts() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "payload");
    orders.choose("ann");
    orders.acknowledge("ann", "k");
    orders.pushed("ann");

    assertThat(orders.stats("ann").inFlight()).isZero();
    assertThat(orders.worker("ann").isReady()).isFalse();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }

  @Test
  void producersKeyThatLooksLikeTheBrokersHoldsNothingUp() {
    OneTopic orders = new OneTopic(store, settings(true, 2));
    orders.publish(message("5", "keyed", 1));
    orders.send("ann");
    orders.restart(settings(false, 2));
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      orders.publish(message(null, "plain " + i, 0));
    }
    for (int round = 0; round < 3; round++) {
      List<Delivery> batch = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery);
      batch.forEach(delivery -> sent.add(delivery.payload().text()));
      orders.pushed("ann");
      orders.acknowledge("ann", batch.stream().map(d -> d.key().text()).toArray(String[]::new));
    }

    assertThat(sent).contains("keyed").hasSize(7).doesNotHaveDuplicates();
  }

  @Test
  void acknowledgingALargeBatchAsksTheStoreNoMoreForEachMessage() {
    assertThat(callsToAcknowledge(16_000)).isLessThanOrEqualTo(16 * callsToAcknowledge(1_000) + 16);
  }

  private static int callsToAcknowledge(int messages) {
    Store store = new MemoryStore(1, "nonce000");
    AtomicInteger calls = new AtomicInteger();
    TopicStore counted = watched(store.topic("orders"), calls::incrementAndGet);
    Topic topic = Topic.open(DEDUPE, counted, ids(), "nonce000", new CommitBarrier());
    OneWorker ann = new OneWorker(topic, "ann");
    List<Message> published = new ArrayList<>();
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      keys.add(Bytes.utf8("k" + i));
      published.add(message("k" + i, "payload", 0));
    }
    topic.publish(published, 0);
    topic.flush();
    ann.choose(new BatchLimits(messages, Long.MAX_VALUE), 0);
    ann.pushed();
    calls.set(0);
    ann.acknowledge(keys);
    topic.trim();
    topic.flush();
    assertThat(topic.stats().queues().get(0).inFlight()).isZero();
    return calls.get();
  }

  private static Ids ids() {
    AtomicInteger next = new AtomicInteger(1);
    return next::getAndAdd;
  }

  /** The same store, which reports every call before it is made. */
  private static TopicStore watched(TopicStore store, Runnable call) {
    return new ForwardingTopicStore(store) {
      @Override
      protected void before(String method) {
        call.run();
      }
    };
  }
}
