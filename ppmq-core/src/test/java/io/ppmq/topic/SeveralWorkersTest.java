package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Batches of one queue in flight with several workers at the same time. */
final class SeveralWorkersTest {
  private static final BatchLimits TWO = new BatchLimits(2, 1 << 20);

  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(false, 1));
  private final OneWorker first = new OneWorker(orders.topic(), "ann");
  private final OneWorker second = new OneWorker(orders.topic(), "ann");

  @Test
  void eachWorkerHasABatchOfItsOwnInOrder() {
    publish("1", "2", "3", "4", "5");
    assertThat(payloads(choose(first))).containsExactly("1", "2");
    assertThat(payloads(choose(second))).containsExactly("3", "4");
    assertThat(first.isReady()).isFalse();
    assertThat(second.isReady()).isFalse();
    assertThat(orders.stats("ann").inFlight()).isEqualTo(4);
  }

  @Test
  void workerIsFreeWhenItsOwnBatchIsAcknowledged() {
    publish("1", "2", "3", "4", "5");
    Batch one = choose(first);
    choose(second);
    acknowledge(one);
    assertThat(first.isReady()).isTrue();
    assertThat(second.isReady()).isFalse();
    assertThat(payloads(choose(first))).containsExactly("5");
  }

  @Test
  void acknowledgementCountsOverTheWorkersWhoeverSendsIt() {
    publish("1", "2", "3", "4");
    choose(first);
    Batch two = choose(second);
    acknowledge(two);
    assertThat(orders.stats("ann").inFlight()).isEqualTo(2);
    assertThat(second.awaitsAcknowledgement()).isFalse();
    assertThat(first.awaitsAcknowledgement()).isTrue();
  }

  @Test
  void whatALostWorkerHadComesFirstInItsOldOrder() {
    publish("1", "2", "3", "4", "5", "6");
    choose(first);
    choose(second);
    first.takeBack();
    OneWorker third = new OneWorker(orders.topic(), "ann");
    Batch again = choose(third);
    assertThat(payloads(again)).containsExactly("1", "2");
    assertThat(again.deliveries()).allMatch(delivery -> delivery.attempt() == 2);
    assertThat(second.awaitsAcknowledgement()).isTrue();
  }

  @Test
  void redeliveryOfOneWorkerLeavesWhatIsOutWithAnother() {
    publish("1", "2", "3", "4");
    choose(first);
    choose(second);
    second.redeliver();
    assertThat(orders.stats("ann").inFlight()).isEqualTo(2);
    assertThat(payloads(choose(second))).containsExactly("3", "4");
  }

  @Test
  void failedPushOfOneWorkerLeavesWhatIsOutWithAnother() {
    publish("1", "2", "3", "4");
    choose(first);
    assertThat(second.choose(TWO, OneTopic.NOW_MILLIS)).isNotNull();
    second.failed();
    assertThat(orders.stats("ann").inFlight()).isEqualTo(2);
    assertThat(payloads(choose(second))).containsExactly("3", "4");
  }

  @Test
  void twoVersionsOfAKeyAreNeverOutAtOnce() {
    OneTopic keyed = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    OneWorker one = new OneWorker(keyed.topic(), "ann");
    OneWorker two = new OneWorker(keyed.topic(), "ann");
    keyed.publish("k", "old");
    Batch old = one.choose(TWO, OneTopic.NOW_MILLIS);
    one.pushed();
    keyed.publish("k", "new");
    assertThat(two.choose(TWO, OneTopic.NOW_MILLIS)).isNull();
    one.acknowledge(keys(old));
    assertThat(payloads(two.choose(TWO, OneTopic.NOW_MILLIS))).containsExactly("new");
  }

  @Test
  void whatLiesBehindANewerVersionGoesOnWhileTheOlderOneIsOut() {
    OneTopic keyed = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    OneWorker one = new OneWorker(keyed.topic(), "ann");
    OneWorker two = new OneWorker(keyed.topic(), "ann");
    Batch old = publishAndSend(keyed, one, "k", "old");
    keyed.publish("k", "new");
    keyed.publish("a", "behind");
    keyed.publish("b", "behind too");
    Batch behind = sent(keyed, two);
    assertThat(payloads(behind)).containsExactly("behind", "behind too");
    assertThat(keyed.stats("ann").backlog()).isEqualTo(1);
    assertThat(two.isReady()).isFalse();
    keyed.publish("c", "last");
    two.acknowledge(keys(behind));
    one.acknowledge(keys(old));
    keyed.commit();
    assertThat(payloads(sent(keyed, two))).containsExactly("new", "last");
    assertThat(keyed.stats("ann").backlog()).isZero();
  }

  @Test
  void nothingIsReadyWhereAllThatWaitsIsANewerVersion() {
    OneTopic keyed = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    OneWorker one = new OneWorker(keyed.topic(), "ann");
    OneWorker two = new OneWorker(keyed.topic(), "ann");
    Batch old = publishAndSend(keyed, one, "k", "old");
    keyed.publish("k", "new");
    assertThat(two.choose(TWO, OneTopic.NOW_MILLIS)).isNull();
    assertThat(two.isReady()).isFalse();
    one.acknowledge(keys(old));
    assertThat(two.isReady()).isTrue();
  }

  @Test
  void newerVersionIsSentInTurnOfTheOlderOneThatIsRedelivered() {
    OneTopic keyed = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    OneWorker one = new OneWorker(keyed.topic(), "ann");
    OneWorker two = new OneWorker(keyed.topic(), "ann");
    publishAndSend(keyed, one, "k", "old");
    keyed.publish("k", "new");
    keyed.publish("a", "behind");
    sent(keyed, two);
    one.takeBack();
    Batch newest = sent(keyed, one);
    assertThat(payloads(newest)).containsExactly("new");
    one.acknowledge(keys(newest));
    keyed.commit();
    assertThat(one.isReady()).isFalse();
    assertThat(keyed.stats("ann").backlog()).isZero();
  }

  @Test
  void newerVersionThatWasPassedSurvivesARestart() {
    OneTopic keyed = new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
    OneWorker one = new OneWorker(keyed.topic(), "ann");
    OneWorker two = new OneWorker(keyed.topic(), "ann");
    Batch old = publishAndSend(keyed, one, "k", "old");
    keyed.publish("k", "new");
    keyed.publish("a", "behind");
    Batch behind = sent(keyed, two);
    two.acknowledge(keys(behind));
    keyed.restart(OneTopic.settings(true, 1));
    OneWorker three = new OneWorker(keyed.topic(), "ann");
    three.acknowledge(keys(old));
    keyed.restart(OneTopic.settings(true, 1));
    assertThat(keyed.stats("ann").backlog()).isEqualTo(1);
    OneWorker four = new OneWorker(keyed.topic(), "ann");
    Batch newest = sent(keyed, four);
    assertThat(payloads(newest)).containsExactly("new");
    four.acknowledge(keys(newest));
    assertThat(keyed.isStoreEmpty("k", "a")).isTrue();
  }

  private static Batch publishAndSend(OneTopic keyed, OneWorker worker, String key, String text) {
    keyed.publish(key, text);
    return sent(keyed, worker);
  }

  private static Batch sent(OneTopic keyed, OneWorker worker) {
    Batch batch = worker.choose(TWO, OneTopic.NOW_MILLIS);
    worker.pushed();
    keyed.commit();
    assertThat(batch).isNotNull();
    return batch;
  }

  private void publish(String... payloads) {
    for (String payload : payloads) {
      orders.publish(OneTopic.message(null, payload, 0));
    }
  }

  private Batch choose(OneWorker worker) {
    Batch batch = worker.choose(TWO, OneTopic.NOW_MILLIS);
    worker.pushed();
    orders.commit();
    assertThat(batch).isNotNull();
    return batch;
  }

  private void acknowledge(Batch batch) {
    first.acknowledge(keys(batch));
    orders.commit();
  }

  private static List<Bytes> keys(@Nullable Batch batch) {
    assertThat(batch).isNotNull();
    return batch.deliveries().stream().map(Delivery::key).toList();
  }

  private static List<String> payloads(@Nullable Batch batch) {
    assertThat(batch).isNotNull();
    return batch.deliveries().stream().map(delivery -> delivery.payload().text()).toList();
  }
}
