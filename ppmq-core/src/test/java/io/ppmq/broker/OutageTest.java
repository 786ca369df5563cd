package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A disk that fails, or has no room left, holds up as little as possible. */
class OutageTest {
  private static final int FOR_EVER = Integer.MAX_VALUE;
  private static final BatchLimits PAIRS = new BatchLimits(2, 1 << 20);
  private static final Duration LONG = Duration.ofSeconds(5);

  private final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  private HandDrivenBroker broker(boolean dedupe, long ackRetryMillis) throws InterruptedException {
    List<SubscriberSettings> subscribers =
        List.of(new SubscriberSettings("ann", PAIRS), new SubscriberSettings("bob", PAIRS));
    TopicSettings topic =
        new TopicSettings("t", List.of("ann", "bob"), ackRetryMillis, dedupe, 2, true);
    return new HandDrivenBroker(
        store, new BrokerSettings(List.of(topic), subscribers, SyncPolicy.ALWAYS));
  }

  private HandDrivenBroker broker() throws InterruptedException {
    return broker(false, 0);
  }

  /** Acknowledges everything that a subscriber reads until no more comes; returns the payloads. */
  private static List<String> drain(HandDrivenBroker broker, String name) throws Exception {
    FakeSubscriber subscriber = broker.subscriber(name);
    List<String> all = new ArrayList<>();
    while (!subscriber.read.isEmpty()) {
      List<Bytes> keys = subscriber.keysOfLast("t");
      all.addAll(subscriber.takePayloads());
      broker.acknowledge("t", name, keys);
    }
    return all;
  }

  private static Command publish(String key, Instant expires) {
    Message message = new Message(Bytes.utf8(key), Bytes.utf8(key), expires, 0);
    return new Command.Publish("t", List.of(message));
  }

  // ---- commits that fail ----------------------------------------------------------------------

  @Test
  void whatWasCommittedIsDeliveredAndAcknowledgedWhileCommitsFail() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3", "4", "5");
    store.failCommits(FOR_EVER);
    broker.publish("t", "6");
    broker.pass(LONG);

    assertThat(drain(broker, "ann")).containsExactly("1", "2", "3", "4", "5");
    assertThat(drain(broker, "bob")).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void whatExpiresWhileItIsOutHoldsUpNothingWhileCommitsFail() throws Exception {
    HandDrivenBroker broker = broker();
    Instant soon = Instant.ofEpochMilli(broker.wallMillis() + 1000);
    broker.submit(publish("1", soon));
    broker.publish("t", "2");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
    store.failCommits(FOR_EVER);
    broker.publish("t", "3");
    broker.pass(LONG);

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("2");
  }

  @Test
  void nothingOfTheCommitThatFailedIsDeliveredBeforeItSucceeds() throws Exception {
    HandDrivenBroker broker = broker();
    store.failCommits(FOR_EVER);
    broker.publish("t", "1");
    broker.acknowledge("t", "ann", List.of());
    broker.reconnect("ann", null);
    broker.pass(LONG);
    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(drain(broker, "ann")).containsExactly("1");
  }

  @Test
  void lowerPriorityDoesNotOvertakeWhatWaitsBehindAVersionThatIsNotCommitted() throws Exception {
    HandDrivenBroker broker = broker(true, 0);
    broker.publish("t", "1", "2", "a", "b");
    Message lower = new Message(Bytes.utf8("c"), Bytes.utf8("c"), null, 1);
    broker.submit(new Command.Publish("t", List.of(lower)));
    store.failCommits(FOR_EVER);
    broker.publish("t", "a");
    assertThat(drain(broker, "ann")).containsExactly("1", "2");

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(drain(broker, "ann")).containsExactly("a", "b", "c");
  }

  @Test
  void acknowledgementIsConfirmedOnlyByTheCommitThatKeepsIt() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    store.failCommits(FOR_EVER);
    HandDrivenBroker.Confirm confirm = broker.acknowledgeLast("t", "ann");
    broker.pass(LONG);
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "3");
    assertThat(confirm.outcome()).isNull();

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(broker.told()).containsExactly("store failing", "store recovered");
  }

  @Test
  void publishThatCommitFailsShortlyIsHeldAndLosesNothing() throws Exception {
    HandDrivenBroker broker = broker();
    store.failCommits(3);
    broker.publish("t", "1");
    HandDrivenBroker.Confirm held = broker.publish("t", "2");
    assertThat(held.outcome()).isNull();
    broker.pass(Duration.ofSeconds(1));

    assertThat(held.outcome()).isEqualTo("confirmed");
    assertThat(drain(broker, "ann")).containsExactly("1", "2");
  }

  @Test
  void publishInTheCommitThatFailsIsToldAfterTwoSecondsThatNobodyKnows() throws Exception {
    HandDrivenBroker broker = broker();
    store.failCommits(FOR_EVER);
    HandDrivenBroker.Confirm publish = broker.publish("t", "1");
    HandDrivenBroker.Confirm acknowledgement = broker.acknowledge("t", "ann", List.of());
    broker.pass(Duration.ofMillis(1900));
    assertThat(publish.outcome()).isNull();
    broker.pass(Duration.ofMillis(300));
    assertThat(publish.outcome()).isEqualTo("in-doubt");
    assertThat(acknowledgement.outcome()).isNull();

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(publish.outcome()).isEqualTo("in-doubt");
    assertThat(acknowledgement.outcome()).isEqualTo("confirmed");
    assertThat(drain(broker, "ann")).containsExactly("1");
  }

  @Test
  void publishIsRefusedWhenCommitsFailForLongAndNothingOfItIsEverDelivered() throws Exception {
    HandDrivenBroker broker = broker();
    store.failCommits(FOR_EVER);
    HandDrivenBroker.Confirm first = broker.publish("t", "1");
    HandDrivenBroker.Confirm held = broker.publish("t", "2");
    broker.pass(LONG);
    HandDrivenBroker.Confirm late = broker.publish("t", "3");
    assertThat(first.outcome()).as("applied, and may be kept").isEqualTo("in-doubt");
    assertThat(held.outcome()).isEqualTo("unavailable");
    assertThat(late.outcome()).isEqualTo("unavailable");

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(drain(broker, "ann")).containsExactly("1");
  }

  @Test
  void olderVersionsPlaceWaitsWhileTheCommitOfTheNewerFails() throws Exception {
    HandDrivenBroker broker = broker(true, 0);
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.submit(publish("a", Instant.MAX), publish("b", Instant.MAX));
    store.failCommits(FOR_EVER);
    broker.submit(
        new Command.Publish(
            "t", List.of(new Message(Bytes.utf8("b"), Bytes.utf8("newer"), null, 0))));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    assertThat(drain(broker, "ann")).containsExactly("a");

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(drain(broker, "ann")).containsExactly("newer");
  }

  @Test
  void deadlinesHoldWhileCommitsFail() throws Exception {
    HandDrivenBroker broker = broker(false, 100);
    broker.publish("t", "1");
    store.failCommits(FOR_EVER);
    broker.publish("t", "2");
    broker.subscriber("ann").takePayloads();
    broker.pass(Duration.ofMillis(150));

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  @Test
  void whatExpiresWhileCommitsFailIsNotDelivered() throws Exception {
    HandDrivenBroker broker = broker();
    Instant soon = Instant.ofEpochMilli(broker.wallMillis() + 1000);
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.submit(publish("short", soon), publish("long", Instant.MAX));
    store.failCommits(FOR_EVER);
    broker.acknowledgeLast("t", "bob");
    broker.pass(LONG);
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    assertThat(drain(broker, "ann")).containsExactly("long");

    store.failCommits(0);
    broker.pass(LONG);
    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
    assertThat(broker.publish("t", "more").outcome()).isEqualTo("confirmed");
    assertThat(drain(broker, "ann")).containsExactly("more");
  }

  @Test
  void whatWasConfirmedInAnOutageIsThereAfterwards() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    store.failCommits(FOR_EVER);
    drain(broker, "ann");
    broker.publish("t", "refused or kept");
    store.failCommits(0);
    broker.pass(LONG);
    broker.stop();

    HandDrivenBroker next = broker();
    assertThat(drain(next, "ann")).containsExactly("refused or kept");
    assertThat(drain(next, "bob")).containsExactly("1", "2", "3", "refused or kept");
  }

  @Test
  void settingsDoNotChangeUnderAPublishThatWaits() throws Exception {
    HandDrivenBroker broker = broker();
    store.failCommits(3);
    broker.publish("t", "1");
    HandDrivenBroker.Confirm held = broker.publish("t", "2");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> broker.apply(new BrokerSettings(List.of(), List.of(), SyncPolicy.ALWAYS)))
        .withMessageContaining("no space");
    broker.pass(Duration.ofSeconds(1));

    assertThat(held.outcome()).isEqualTo("confirmed");
    assertThat(drain(broker, "bob")).containsExactly("1", "2");
  }

  // ---- no room --------------------------------------------------------------------------------

  @Test
  void publishesAreRefusedWithoutRoomAndEverythingElseGoesOn() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    store.lackRoom("no room");
    broker.pass(LONG);
    assertThat(broker.publish("t", "4").outcome()).isEqualTo("disk-full");
    assertThat(broker.publish("t", "5").outcome()).isEqualTo("disk-full");
    assertThat(drain(broker, "ann")).containsExactly("1", "2", "3");

    store.lackRoom(null);
    broker.pass(LONG);
    assertThat(broker.publish("t", "6").outcome()).isEqualTo("confirmed");
    assertThat(broker.told()).containsExactly("publishes refused", "publishes accepted");
  }

  @Test
  void valueWithMessagesAndAcknowledgementsIsRefusedWhole() throws Exception {
    HandDrivenBroker broker = broker(false, 1000);
    broker.publish("t", "1");
    List<Bytes> keys = broker.subscriber("ann").keysOfLast("t");
    broker.subscriber("ann").takePayloads();
    store.lackRoom("no room");
    broker.pass(Duration.ofMillis(100));
    HandDrivenBroker.Confirm confirm =
        broker.submit(publish("2", Instant.MAX), new Command.Acknowledge("t", "ann", keys));
    assertThat(confirm.outcome()).isEqualTo("disk-full");

    broker.pass(Duration.ofSeconds(1));
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  // ---- durations ------------------------------------------------------------------------------

  @Test
  void retryOfAMillisecondDoesNotKeepEveryoneBusy() throws Exception {
    HandDrivenBroker broker = broker(false, 1);
    broker.publish("t", "1");
    broker.subscriber("ann").takePayloads();
    broker.pass(Duration.ofMillis(100));

    assertThat(broker.subscriber("ann").takePayloads()).hasSizeBetween(1, 10);
  }

  @Test
  void retryAfterMoreTimeThanTheClockCanCountNeverComes() throws Exception {
    HandDrivenBroker broker = broker(false, Long.MAX_VALUE / 1000);
    broker.publish("t", "1");
    broker.subscriber("ann").takePayloads();
    broker.pass(LONG);

    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
  }
}
