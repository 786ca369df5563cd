package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Acknowledgements, nacks and requests for more time that a worker sends for a version of a key
 * after another worker was sent the newer version, which is not out any more (section 3.4).
 */
final class LateAcknowledgementTest {
  private static final BatchLimits TWO = new BatchLimits(2, 1 << 20);
  private static final Nack LONG = new Nack(300_000, null);

  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));
  private final OneWorker slow = new OneWorker(orders.topic(), "ann");
  private final OneWorker quick = new OneWorker(orders.topic(), "ann");

  @Test
  void ofTheOlderVersionEndsNoNewerOneThatAnotherWorkerNacked() {
    sendNewerToTheQuickOne();
    quick.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    slow.acknowledgeItself("k");
    orders.commit();
    assertThat(orders.stats("ann").nacked()).isEqualTo(1);
    assertThat(slow.takeDue(300_000_000_000L, OneTopic.NOW_MILLIS + 300_000)).isTrue();
    assertThat(send(slow)).containsExactly("new");
  }

  @Test
  void ofTheOlderVersionEndsNoNewerOneThatALostWorkerHad() {
    sendNewerToTheQuickOne();
    quick.takeBack();
    slow.acknowledgeItself("k");
    orders.commit();
    assertThat(send(slow)).containsExactly("new");
  }

  @Test
  void countsAgainOnceTheNewerVersionWasSentToThatWorker() {
    sendNewerToTheQuickOne();
    quick.takeBack();
    assertThat(send(slow)).containsExactly("new");
    slow.redeliver();
    slow.acknowledgeItself("k");
    assertNothingIsLeft();
  }

  @Test
  void ofTheWorkerThatWasSentTheNewerVersionEndsIt() {
    sendNewerToTheQuickOne();
    quick.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    quick.acknowledgeItself("k");
    assertNothingIsLeft();
  }

  @Test
  void overAConnectionThatIsNoWorkerEndsTheNewerVersion() {
    sendNewerToTheQuickOne();
    quick.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    slow.acknowledge(List.of(Bytes.utf8("k")));
    assertNothingIsLeft();
  }

  @Test
  void ofAPushThatFailedChangesNotWhoWasSentTheOlderVersion() {
    sendOlderToTheSlowOne();
    assertThat(quick.choose(TWO, OneTopic.NOW_MILLIS)).isNotNull();
    quick.failed();
    quick.acknowledgeItself("k");
    assertThat(orders.stats("ann").acknowledged()).isZero();
    slow.acknowledgeItself("k");
    assertThat(orders.stats("ann").acknowledged()).isEqualTo(1);
    assertThat(send(quick)).containsExactly("new");
  }

  @Test
  void ofAMessageWithTheBrokersKeyCountsWhoeverSendsIt() {
    orders.publish(OneTopic.message(null, "plain", 0));
    orders.commit();
    Batch batch = quick.choose(TWO, OneTopic.NOW_MILLIS);
    assertThat(batch).isNotNull();
    quick.pushed();
    quick.takeBack();
    slow.acknowledgeItself(batch.deliveries().get(0).key().text());
    assertNothingIsLeft();
  }

  @Test
  void ofTheOlderVersionEndsNoNewerOneThatReplacedWhatWasNacked() {
    orders.publish("k", "old");
    orders.commit();
    assertThat(send(slow)).containsExactly("old");
    slow.redeliver();
    assertThat(send(quick)).containsExactly("old");
    quick.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    orders.publish("k", "new");
    orders.commit();
    assertThat(send(quick)).containsExactly("new");
    quick.takeBack();
    slow.acknowledgeItself("k");
    orders.commit();
    assertThat(send(quick)).containsExactly("new");
  }

  @Test
  void ofAWorkerThatConnectedAgainCounts() {
    orders.publish("k", "only");
    orders.commit();
    assertThat(send(quick)).containsExactly("only");
    quick.takeBack();
    new OneWorker(orders.topic(), "ann").acknowledgeItself("k");
    assertNothingIsLeft();
  }

  @Test
  void ofAWorkerThatBeganAfterTheOnlyVersionWasStoredCounts() {
    orders.publish("k", "only");
    orders.commit();
    assertThat(send(slow)).containsExactly("only");
    orders.publish("j", "other");
    orders.commit();
    assertThat(send(quick)).containsExactly("other");
    quick.acknowledgeItself("j");
    slow.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    quick.acknowledgeItself("k");
    assertNothingIsLeft();
  }

  @Test
  void ofAWorkerThatEndedAnOlderVersionDoesNotCount() {
    orders.publish("k", "old");
    orders.commit();
    assertThat(send(slow)).containsExactly("old");
    slow.acknowledgeItself("k");
    orders.publish("k", "new");
    orders.commit();
    assertThat(send(quick)).containsExactly("new");
    quick.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    slow.acknowledgeItself("k");
    orders.commit();
    assertThat(orders.stats("ann").nacked()).isEqualTo(1);
  }

  @Test
  void afterARestartOfWhatWasSentBeforeItCounts() {
    orders.publish("k", "only");
    orders.commit();
    assertThat(send(quick)).containsExactly("only");
    orders.restart(OneTopic.settings(true, 1));
    new OneWorker(orders.topic(), "ann").acknowledgeItself("k");
    assertNothingIsLeft();
  }

  @Test
  void neitherNackNorMoreTimeConcernsTheVersionThatAnotherWorkerHas() {
    sendNewerToTheQuickOne();
    slow.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    assertThat(slow.extend(0, "k")).containsExactly(Bytes.utf8("k"));
    assertThat(quick.awaitsAcknowledgement()).isTrue();
    assertThat(orders.stats("ann").nacked()).isZero();
  }

  @Test
  void neitherNackNorMoreTimeConcernsTheVersionThatAnotherWorkerHad() {
    sendNewerToTheQuickOne();
    quick.takeBack();
    slow.nack(LONG, 0, OneTopic.NOW_MILLIS, "k");
    assertThat(slow.extend(0, "k")).containsExactly(Bytes.utf8("k"));
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(send(quick)).containsExactly("new");
  }

  private void sendOlderToTheSlowOne() {
    orders.publish("k", "old");
    orders.commit();
    assertThat(send(slow)).containsExactly("old");
    orders.publish("k", "new");
    orders.commit();
    slow.redeliver();
  }

  private void sendNewerToTheQuickOne() {
    sendOlderToTheSlowOne();
    assertThat(send(quick)).containsExactly("new");
  }

  private List<String> send(OneWorker worker) {
    Batch batch = worker.choose(TWO, OneTopic.NOW_MILLIS);
    assertThat(batch).isNotNull();
    worker.pushed();
    orders.commit();
    return batch.deliveries().stream().map(delivery -> delivery.payload().text()).toList();
  }

  private void assertNothingIsLeft() {
    orders.commit();
    assertThat(orders.stats("ann").backlog()).isZero();
    assertThat(orders.stats("ann").nacked()).isZero();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }
}
