package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.HandDrivenBroker.Confirm;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The choice of the worker that gets a batch. */
class WorkersTest {
  private static final TopicLimits DEADLY =
      new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false);
  private static final BrokerSettings SETTINGS =
      new BrokerSettings(
          List.of(
              new TopicSettings("t", List.of("s"), 300, false, 1, false),
              new TopicSettings("keyed", List.of("s"), 300, true, 1, false),
              new TopicSettings("deadly", List.of("s"), 300, false, 1, false, DEADLY),
              new TopicSettings("dead", List.of(), 0, false, 1, false)),
          List.of(new SubscriberSettings("s", new BatchLimits(1, 1 << 20), false, "", 0)),
          SyncPolicy.ALWAYS);

  private static final BrokerSettings WITHOUT_SUBSCRIBER =
      new BrokerSettings(
          List.of(new TopicSettings("t", List.of(), 300, false, 1, false)),
          List.of(),
          SyncPolicy.ALWAYS);

  /** A connection that subscribes. */
  private static final class Subscribed implements Source {
    FakeSubscriber worker;
    int holds;

    @Override
    public Sender subscribe(Sender.Link link) {
      worker = new FakeSubscriber(link);
      worker.open();
      return worker;
    }

    @Override
    public void hold() {
      holds++;
    }

    @Override
    public void release() {
      holds--;
    }
  }

  private final MemoryStore store = new MemoryStore(1, "nonce000");
  private final Subscribed first = new Subscribed();
  private final Subscribed second = new Subscribed();
  private HandDrivenBroker broker;

  @BeforeEach
  void startWithTwoWorkers() throws InterruptedException {
    broker = new HandDrivenBroker(store, SETTINGS);
    broker.submitFrom(first, new Command.Subscribe("s", null, 0));
    broker.submitFrom(second, new Command.Subscribe("s", null, 0));
  }

  @AfterEach
  void stop() {
    broker.stop();
    store.close();
  }

  @Test
  void whatOneDoesNotAcknowledgeInTimeGoesToTheOtherThatWaits() throws Exception {
    broker.publish("t", "a");
    assertThat(first.worker.takePayloads()).containsExactly("a");

    broker.pass(Duration.ofMillis(400));

    assertThat(second.worker.takePayloads()).containsExactly("a");
    assertThat(first.worker.takePayloads()).isEmpty();
  }

  @Test
  void whatOneAsksForAgainGoesToTheOtherThatWaits() throws Exception {
    broker.publish("t", "a");
    first.worker.takePayloads();

    broker.submitFrom(first, new Command.Redeliver("s", null));

    assertThat(second.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void otherGetsTheNextBatchWhileOneIsSlowToReadWhatItWasSentAheadOfTheCommit() throws Exception {
    broker.publish("t", "a", "b", "c", "d");
    List<Bytes> keys = new ArrayList<>(first.worker.keysOfLast("t"));
    keys.addAll(second.worker.keysOfLast("t"));
    first.worker.takePayloads();
    second.worker.takePayloads();
    first.worker.be(FakeSubscriber.Manner.STUCK);

    broker.acknowledge("t", "s", keys);

    assertThat(second.worker.takePayloads()).containsExactly("d");
  }

  @Test
  void whatALostWorkerHadGoesToTheOther() throws Exception {
    broker.publish("t", "a");
    first.worker.takePayloads();

    first.worker.close(false);
    broker.settle();

    assertThat(second.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void oneWaitsOnlyOnceItHasTakenWhatItWasSent() throws Exception {
    first.worker.be(FakeSubscriber.Manner.STUCK);
    broker.publish("t", "a");
    broker.publish("t", "b");
    broker.acknowledge("t", "s", first.worker.keysStuck());
    broker.acknowledge("t", "s", second.worker.keysOfLast("t"));
    first.worker.be(FakeSubscriber.Manner.READS);
    first.worker.releaseStuck();
    broker.settle();

    broker.publish("t", "c");

    assertThat(second.worker.takePayloads()).containsExactly("b", "c");
    assertThat(first.worker.takePayloads()).isEmpty();
  }

  @Test
  void oneThatBecameFreeWhileItWasAloneGoesBeforeOneThatCameLater() throws Exception {
    second.worker.close(false);
    broker.settle();
    broker.publish("t", "a");
    broker.acknowledge("t", "s", first.worker.keysOfLast("t"));
    Subscribed third = new Subscribed();
    broker.submitFrom(third, new Command.Subscribe("s", null, 0));

    broker.publish("t", "b");

    assertThat(first.worker.takePayloads()).containsExactly("a", "b");
    assertThat(third.worker.takePayloads()).isEmpty();
  }

  @Test
  void oneAcknowledgesWhatWasRequeuedForAnother() throws Exception {
    broker.publish("deadly", "a");
    broker.pass(Duration.ofMillis(400));
    Bytes letter = broker.kept("dead").get(0).key();
    broker.ask(
        (asked, turn) -> {
          asked.requeue("dead", letter, turn);
          return true;
        });

    broker.submitFrom(
        first, new Command.Acknowledge("deadly", "s", second.worker.keysOfLast("deadly")));

    broker.pass(Duration.ofMillis(400));
    assertThat(broker.kept("dead")).isEmpty();
    assertThat(second.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void brokerRestsWhileANewerVersionWaitsForTheOlderThatIsOut() throws Exception {
    broker.publish("keyed", "a");
    first.worker.takePayloads();

    broker.publish("keyed", "a"); // does not settle if the writer checks again and again

    assertThat(second.worker.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(400));
    assertThat(second.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void whatLiesBehindANewerVersionGoesToTheFreeWorker() throws Exception {
    broker.publish("keyed", "a");
    first.worker.takePayloads();

    broker.publish("keyed", "a", "b", "c");
    assertThat(second.worker.takePayloads()).containsExactly("b");
    broker.submit(acknowledging("b"));
    assertThat(second.worker.takePayloads()).containsExactly("c");

    broker.submit(acknowledging("a"));
    assertThat(first.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void oneThatIsLateWithTheOlderVersionEndsNoNewerOneThatTheOtherNacked() throws Exception {
    broker.publish("keyed", "a");
    broker.publish("keyed", "a");
    broker.pass(Duration.ofMillis(400));
    assertThat(second.worker.takePayloads()).containsExactly("a");
    broker.submitFrom(
        second, new Command.Nack("keyed", "s", List.of(Bytes.utf8("a")), 5_000, null));
    first.worker.takePayloads();

    broker.submitFrom(first, acknowledging("a"));

    broker.pass(Duration.ofMillis(5_100));
    assertThat(first.worker.takePayloads()).containsExactly("a");
  }

  private static Command acknowledging(String key) {
    return new Command.Acknowledge("keyed", "s", List.of(Bytes.utf8(key)));
  }

  @Test
  void nothingComesDueForAWorkerThatIsGone() throws Exception {
    broker.submitFrom(second, new Command.Unsubscribe("s", null));
    broker.publish("t", "a");

    first.worker.close(false);
    broker.settle();

    assertThat(broker.untilNextTurn()).isGreaterThan(Duration.ofMillis(300));
  }

  @Test
  void reloadThatTakesTheSubscriberAwayTakesBackWhatIsOutWithItsWorkers() throws Exception {
    broker.publish("t", "a", "b");
    second.worker.be(FakeSubscriber.Manner.STUCK);
    broker.publish("keyed", "k");

    broker.apply(WITHOUT_SUBSCRIBER);
    second.worker.releaseStuck();
    broker.pass(Duration.ofMillis(400));

    broker.apply(SETTINGS);
    Subscribed third = new Subscribed();
    broker.submitFrom(third, new Command.Subscribe("s", "t", 0));
    broker.acknowledge("t", "s", third.worker.keysOfLast("t"));
    assertThat(third.worker.takePayloads()).containsExactly("a", "b");
  }

  // ---- what a connection sent before it subscribed --------------------------------------------

  private void startWithTopicForTwoMessages() throws InterruptedException {
    stop();
    TopicLimits two = new TopicLimits(2, 0, WhenFull.BLOCK, 0, null, 0, false);
    broker =
        new HandDrivenBroker(
            new MemoryStore(1, "nonce000"),
            new BrokerSettings(
                List.of(
                    new TopicSettings("t", List.of("s"), 0, false, 1, false, two),
                    new TopicSettings("full", List.of("s"), 0, false, 1, false, two),
                    new TopicSettings("u", List.of("s"), 0, false, 1, false)),
                List.copyOf(SETTINGS.subscribers().values()),
                SyncPolicy.ALWAYS));
    broker.publish("t", "a", "b");
  }

  @Test
  void connectionWithAHeldPublishIsReadAgainAsSoonAsItSubscribes() throws Exception {
    startWithTopicForTwoMessages();
    Subscribed source = new Subscribed();
    Confirm held = broker.submitFrom(source, HandDrivenBroker.publishing("t", "c"));
    Confirm behind = broker.submitFrom(source, HandDrivenBroker.publishing("u", "d"));
    assertThat(source.holds).isOne();

    broker.submitFrom(source, new Command.Subscribe("s", "t", 0));

    assertThat(held.outcome()).isEqualTo("topic-full");
    assertThat(behind.outcome()).isEqualTo("confirmed");
    assertThat(source.holds).isZero();
    assertThat(source.worker.takePayloads()).containsExactly("a");
  }

  @Test
  void connectionThatSubscribesIsReadAgainThoughAnotherWaitsForRoomBeforeIt() throws Exception {
    startWithTopicForTwoMessages();
    Confirm other = broker.submitFrom(new Subscribed(), HandDrivenBroker.publishing("t", "c"));
    Subscribed source = new Subscribed();
    Confirm held = broker.submitFrom(source, HandDrivenBroker.publishing("t", "d"));
    Confirm behind = broker.submitFrom(source, HandDrivenBroker.publishing("t", "e"));

    broker.submitFrom(source, new Command.Subscribe("s", "t", 0));

    assertThat(held.outcome()).isEqualTo("topic-full");
    assertThat(behind.outcome()).isEqualTo("topic-full");
    assertThat(source.holds).isZero();
    assertThat(other.outcome()).isNull();
    broker.submitFrom(source, new Command.Acknowledge("t", "s", source.worker.keysOfLast("t")));
    assertThat(other.outcome()).isEqualTo("confirmed");
    assertThat(source.worker.takePayloads()).containsExactly("a", "b");
  }

  @Test
  void whatItSentFirstWaitsForNoOtherTopicBehindOthersEither() throws Exception {
    startWithTopicForTwoMessages();
    broker.publish("full", "a", "b");
    broker.submitFrom(new Subscribed(), HandDrivenBroker.publishing("t", "c"));
    broker.submitFrom(new Subscribed(), HandDrivenBroker.publishing("full", "c"));
    Subscribed source = new Subscribed();
    broker.submitFrom(source, HandDrivenBroker.publishing("t", "d"));
    Confirm behind = broker.submitFrom(source, HandDrivenBroker.publishing("full", "e"));

    broker.submitFrom(source, new Command.Subscribe("s", "t", 0));

    assertThat(behind.outcome()).isEqualTo("topic-full");
    assertThat(source.holds).isZero();
  }

  @Test
  void heldValueThatSubscribesIsCarriedOutAndWhatIsHeldBehindItIsNotHeldOn() throws Exception {
    startWithTopicForTwoMessages();
    Subscribed source = new Subscribed();
    Confirm held =
        broker.submitFrom(
            source, HandDrivenBroker.publishing("t", "c"), new Command.Subscribe("s", "u", 0));
    broker.submitFrom(new Subscribed(), HandDrivenBroker.publishing("t", "d"));
    Confirm behind = broker.submitFrom(source, HandDrivenBroker.publishing("t", "e"));
    Subscribed reader = new Subscribed();
    broker.submitFrom(reader, new Command.Subscribe("s", "t", 0));

    broker.submitFrom(reader, new Command.Acknowledge("t", "s", reader.worker.keysOfLast("t")));

    assertThat(held.outcome()).isEqualTo("confirmed");
    assertThat(behind.outcome()).isEqualTo("topic-full");
    assertThat(source.holds).isZero();
  }

  // ---- what the log says ----------------------------------------------------------------------

  @Test
  void subscriberThatAReloadBroughtBackIsToldOfAgain() throws Exception {
    BrokerSettings timeless =
        new BrokerSettings(
            List.of(new TopicSettings("t", List.of("s"), 0, false, 1, false)),
            List.copyOf(SETTINGS.subscribers().values()),
            SyncPolicy.ALWAYS);
    String told = "nothing of t and 0 more times out for s";

    for (int i = 0; i < 2; i++) {
      broker.apply(WITHOUT_SUBSCRIBER);
      broker.apply(timeless);
      broker.submitFrom(new Subscribed(), new Command.Subscribe("s", null, 0));
    }

    assertThat(broker.told()).containsExactly(told, told);
  }

  @Test
  void whereNothingTimesOutIsSaidOnceHoweverOftenAWorkerComes() throws Exception {
    stop();
    broker =
        new HandDrivenBroker(
            new MemoryStore(1, "nonce000"),
            new BrokerSettings(
                List.of(
                    new TopicSettings("a", List.of("s"), 0, false, 1, false),
                    new TopicSettings("b", List.of("s"), 300, false, 1, false),
                    new TopicSettings("c", List.of("s"), 0, false, 1, false)),
                List.copyOf(SETTINGS.subscribers().values()),
                SyncPolicy.ALWAYS));

    for (int i = 0; i < 3; i++) {
      Subscribed worker = new Subscribed();
      broker.submitFrom(worker, new Command.Subscribe("s", null, 0));
      worker.worker.close(false);
      broker.settle();
    }

    assertThat(broker.told()).containsExactly("nothing of a and 1 more times out for s");
  }
}
