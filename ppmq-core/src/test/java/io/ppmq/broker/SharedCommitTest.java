package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.broker.HandDrivenBroker.Confirm;
import io.ppmq.broker.commit.NotKeptException;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A broker whose commits other machines keep too, which takes time: the work that continues
 * meanwhile, and the work that waits. Driven by hand.
 */
class SharedCommitTest {
  private static final Duration LONG = Duration.ofSeconds(5);

  private final LateStore store = new LateStore();

  private static TopicSettings topic(String name, boolean dedupe, TopicLimits limits) {
    return new TopicSettings(name, List.of("ann"), 100, dedupe, 2, true, limits);
  }

  private static TopicLimits bound(int messages, WhenFull whenFull) {
    return new TopicLimits(messages, 0, whenFull, 0, null, 0, false);
  }

  private static BrokerSettings settings(int batch, TopicSettings... topics) {
    List<SubscriberSettings> subscribers =
        List.of(
            new SubscriberSettings("ann", new BatchLimits(batch, 1 << 20)),
            new SubscriberSettings("bob", new BatchLimits(batch, 1 << 20)));
    return new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(int batch, TopicSettings... topics) throws Exception {
    HandDrivenBroker broker = new HandDrivenBroker(store, settings(batch, topics));
    keepAll(broker); // the first save of a new topic
    return broker;
  }

  private HandDrivenBroker broker() throws Exception {
    return broker(2, topic("t", false, TopicLimits.NONE));
  }

  private HandDrivenBroker brokerWithDedupe() throws Exception {
    return broker(2, topic("t", true, TopicLimits.NONE));
  }

  private void keep(HandDrivenBroker broker) throws InterruptedException {
    store.keep();
    broker.settle();
  }

  private void keepAll(HandDrivenBroker broker) throws InterruptedException {
    for (int begun = -1; begun != store.begun(); ) {
      begun = store.begun();
      keep(broker);
    }
  }

  private static List<String> read(HandDrivenBroker broker) {
    return broker.subscriber("ann").takePayloads();
  }

  private static Command version(String key, String payload, int priority) {
    Message message = new Message(Bytes.utf8(key), Bytes.utf8(payload), null, priority);
    return new Command.Publish("t", List.of(message));
  }

  // ---- large commits --------------------------------------------------------------------------

  /** Other machines take no commit of any size. */
  @Test
  void largeMessagesThatDieAtOnceAreBuriedInSeveralCommits() throws Exception {
    TopicLimits deadly = new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false);
    BrokerSettings settings =
        new BrokerSettings(
            List.of(topic("t", false, deadly), topic("dead", false, TopicLimits.NONE)),
            List.of(new SubscriberSettings("ann", new BatchLimits(6, 16 << 20))),
            SyncPolicy.ALWAYS);
    HandDrivenBroker broker = new HandDrivenBroker(store, settings);
    keepAll(broker);
    String large = "x".repeat(700_000);
    broker.publish(
        "t", "1" + large, "2" + large, "3" + large, "4" + large, "5" + large, "6" + large);
    keepAll(broker);
    assertThat(read(broker)).hasSize(6);

    broker.pass(Duration.ofMillis(150));
    assertThat(broker.untilNextTurn()).as("it waits for the commit").isPositive();
    List<Integer> letters = new ArrayList<>();
    for (int begun = -1; begun != store.begun(); ) {
      begun = store.begun();
      letters.add(letters());
      keep(broker);
    }
    // Two in the commit under way, and two for the next one.
    assertThat(letters).startsWith(4, 6);
    assertThat(read(broker))
        .as("letters, and none of the messages once more")
        .allMatch(payload -> payload.startsWith("{\"topic\":\"t\""));
  }

  private int letters() {
    int count = 0;
    Bytes after = null;
    for (List<KeyedMessage> page = store.topic("dead").keyed(null, 9);
        !page.isEmpty();
        page = store.topic("dead").keyed(after, 9)) {
      count += page.size();
      after = page.get(page.size() - 1).key();
    }
    return count;
  }

  // ---- one commit -----------------------------------------------------------------------------

  @Test
  void nothingIsSentOrConfirmedBeforeItsCommitIsKept() throws Exception {
    HandDrivenBroker broker = broker();
    Confirm confirm = broker.publish("t", "1");
    broker.reconnect("ann", null);
    broker.pass(LONG);
    assertThat(read(broker)).isEmpty();
    assertThat(confirm.outcome()).isNull();

    keep(broker);
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(read(broker)).containsExactly("1");
  }

  @Test
  void commitThatIsKeptAtOnceTakesNoOtherTurn() throws Exception {
    store.comesAtOnce();
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    broker.acknowledgeLast("t", "ann");
    assertThat(read(broker)).containsExactly("1");
    Confirm confirm = broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "2"));
    broker.turn();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(read(broker)).containsExactly("2");
  }

  @Test
  void whatIsAppliedMeanwhileGoesIntoOneCommitAfterIt() throws Exception {
    HandDrivenBroker broker = broker();
    int before = store.begun();
    broker.publish("t", "1");
    Confirm second = broker.publish("t", "2");
    Confirm third = broker.publish("t", "3");
    assertThat(store.begun()).isEqualTo(before + 1);

    keep(broker);
    assertThat(store.begun()).isEqualTo(before + 2);
    assertThat(second.outcome()).isNull();
    keep(broker);
    assertThat(second.outcome()).isEqualTo("confirmed");
    assertThat(third.outcome()).isEqualTo("confirmed");
  }

  /** Two producers that publish again when they are confirmed share one commit. */
  @Test
  void nextCommitWaitsForTheRequestsThatFollowFromTheLast() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    Confirm second = broker.publish("t", "2");
    broker.pass(Duration.ofMillis(4));
    int before = store.begun();
    keep(broker);
    assertThat(store.begun()).as("the first producer is waited for").isEqualTo(before);
    assertThat(read(broker)).containsExactly("1");

    Confirm third = broker.publish("t", "3");
    assertThat(store.begun()).isEqualTo(before + 1);
    broker.acknowledgeLast("t", "ann");
    assertThat(read(broker)).as("not committed").isEmpty();
    keep(broker);
    assertThat(second.outcome()).isEqualTo("confirmed");
    assertThat(third.outcome()).isEqualTo("confirmed");
  }

  @Test
  void nextCommitWaitsForTwiceTheTimeOfTheLastAtMost() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    broker.publish("t", "2");
    broker.pass(Duration.ofMillis(4));
    int before = store.begun();
    keep(broker);
    broker.pass(Duration.ofMillis(7));
    assertThat(store.begun()).isEqualTo(before);
    broker.pass(Duration.ofMillis(1));
    assertThat(store.begun()).isEqualTo(before + 1);
  }

  /** Each commit begins in the turn in which the awaited request arrives. */
  @Test
  void messageComesDueThoughCommitsFollowOneAnotherWithoutAPause() throws Exception {
    HandDrivenBroker broker = broker();
    Message delayed = new Message(null, Bytes.utf8("due"), null, 0, new Delay(true, 50));
    broker.submit(new Command.Publish("t", List.of(delayed)));
    for (int i = 1; i <= 20; i++) {
      broker.pass(Duration.ofMillis(4));
      keep(broker);
      broker.publish("t", Integer.toString(i));
    }
    assertThat(broker.standing().topics().get(0).delays().messages()).isZero();
  }

  @Test
  void whatWasCommittedBeforeIsSentAndAcknowledgedMeanwhile() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3", "4", "5");
    keep(broker);
    broker.publish("t", "6");
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<Bytes> keys = broker.subscriber("ann").keysOfLast("t");
      sent.addAll(read(broker));
      broker.acknowledge("t", "ann", keys);
    }
    assertThat(sent).containsExactly("1", "2", "3", "4", "5");
    assertThat(read(broker)).isEmpty();

    keepAll(broker);
    assertThat(read(broker)).containsExactly("6");
  }

  @Test
  void answerWaitsForWhatIsUnderWayEvenIfItChangesNothing() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    keep(broker);
    List<Bytes> keys = broker.subscriber("ann").keysOfLast("t");
    broker.acknowledge("t", "ann", keys);
    Confirm again = broker.acknowledge("t", "ann", keys);
    assertThat(again.outcome()).as("the first is not kept yet").isNull();

    keepAll(broker);
    assertThat(again.outcome()).isEqualTo("confirmed");
    Confirm late = broker.acknowledge("t", "ann", keys);
    assertThat(late.outcome()).as("nothing is to be kept").isEqualTo("confirmed");
  }

  @Test
  void writerSleepsWhileItWaitsForACommit() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    broker.publish("t", "2");
    assertThat(broker.nanosToNextTurn()).isGreaterThan(1_000_000);
  }

  // ---- versions -------------------------------------------------------------------------------

  @Test
  void versionThatIsNotKeptHoldsUpWhatIsBehindIt() throws Exception {
    HandDrivenBroker broker = brokerWithDedupe();
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.submit(version("a", "a1", 0), version("b", "b1", 0), version("c", "c1", 1));
    keep(broker);
    broker.submit(version("a", "a2", 0));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    broker.pass(Duration.ofSeconds(1));
    assertThat(read(broker)).isEmpty();

    keepAll(broker);
    assertThat(read(broker)).containsExactly("a2", "b1");
  }

  @Test
  void keyThatIsPublishedInEveryTurnIsSentAllTheSame() throws Exception {
    HandDrivenBroker broker = brokerWithDedupe();
    List<String> read = new ArrayList<>();
    for (int n = 0; read.isEmpty(); n++) {
      assertThat(n).as("versions of which none was sent").isLessThan(10);
      broker.submitWithoutTurns(version("hot", "v" + n, 0));
      store.keep();
      broker.submitWithoutTurns(version("hot", "w" + n, 0));
      broker.turn();
      read.addAll(read(broker));
    }
    assertThat(read).hasSize(1);
    keepAll(broker);
    assertThat(broker.nanosToNextTurn()).isPositive();
  }

  // ---- what needs to read what is not committed -----------------------------------------------

  @Test
  void fullTopicDropsWhatIsNotKeptYet() throws Exception {
    HandDrivenBroker broker = broker(9, topic("t", false, bound(2, WhenFull.DROP_OLDEST)));
    Confirm first = broker.publish("t", "1");
    broker.publish("t", "2");
    broker.publish("t", "3");
    Confirm last = broker.publish("t", "4");
    assertThat(last.outcome()).isNull();

    keepAll(broker);
    assertThat(first.outcome()).isEqualTo("confirmed");
    assertThat(last.outcome()).isEqualTo("confirmed");
    assertThat(read(broker)).containsExactly("3", "4");
  }

  @Test
  void heldPublishGoesOnWithTheAcknowledgementThatMakesRoom() throws Exception {
    HandDrivenBroker broker = broker(9, topic("t", false, bound(1, WhenFull.BLOCK)));
    broker.publish("t", "1");
    Confirm held = broker.publish("t", "2");
    keepAll(broker);
    assertThat(held.outcome()).isNull();
    broker.acknowledgeLast("t", "ann");
    keepAll(broker);
    assertThat(held.outcome()).isEqualTo("confirmed");
    assertThat(read(broker)).containsExactly("1", "2");
  }

  @Test
  void purgeTakesWhatIsNotKeptYetToo() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    broker.publish("t", "2");
    broker.ask((asked, turn) -> asked.purge("t", turn));
    broker.publish("t", "3");
    keepAll(broker);
    assertThat(read(broker)).containsExactly("3");
  }

  @Test
  void messageThatIsNotKeptYetIsDeleted() throws Exception {
    HandDrivenBroker broker = brokerWithDedupe();
    broker.publish("t", "k");
    broker.publish("t", "l");
    boolean l = broker.ask((asked, turn) -> asked.delete("t", Bytes.utf8("l"), turn));
    assertThat(l).isTrue();
    boolean k = broker.ask((asked, turn) -> asked.delete("t", Bytes.utf8("k"), turn));
    assertThat(k).isTrue();
    keepAll(broker);
    assertThat(read(broker)).isEmpty();
  }

  @Test
  void deadLetterIsSentWithTheCommitThatTakesItsMessageOut() throws Exception {
    TopicLimits deadly = new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false);
    HandDrivenBroker broker =
        broker(
            9,
            topic("t", false, deadly),
            new TopicSettings(
                "dead", List.of("bob"), 0, false, 1, true, bound(1, WhenFull.DROP_OLDEST)));
    broker.publish("t", "1", "2");
    keepAll(broker);
    broker.publish("dead", "other"); // is under way while they die
    broker.pass(Duration.ofMillis(150));
    assertThat(broker.subscriber("bob").takePayloads()).isEmpty();
    assertThat(broker.standing().topics().get(0).queues().get(0).backlog()).isZero();

    keepAll(broker);
    assertThat(broker.kept("dead")).hasSize(2);
    assertThat(broker.subscriber("bob").takePayloads().toString())
        .contains("\"payload\":1", "\"payload\":2")
        .doesNotContain("other");
  }

  @Test
  void requeuedMessageIsSentWhenThatIsKept() throws Exception {
    TopicLimits deadly = new TopicLimits(1, 0, WhenFull.DROP_OLDEST, 1, "dead", 0, false);
    HandDrivenBroker broker =
        broker(
            9,
            topic("t", false, deadly),
            new TopicSettings("dead", List.of(), 0, false, 1, true, TopicLimits.NONE)
                .with(TopicLimits.NONE.keepingDeadLetters()));
    broker.publish("t", "1");
    keepAll(broker);
    broker.pass(Duration.ofMillis(150));
    keepAll(broker);
    read(broker);
    broker.publish("t", "2"); // takes the only room, and is under way
    Bytes letter = broker.kept("dead").get(0).key();
    broker.ask(
        (asked, turn) -> {
          asked.requeue("dead", letter, turn);
          return true;
        });
    assertThat(read(broker)).isEmpty();
    keepAll(broker);
    assertThat(read(broker)).containsExactly("1");
  }

  @Test
  void settingsChangeMeanwhile() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1");
    broker.publish("t", "2");
    TopicSettings both = new TopicSettings("t", List.of("ann", "bob"), 100, false, 2, true);
    broker.apply(settings(9, both));
    broker.publish("t", "3");
    keepAll(broker);
    broker.acknowledgeLast("t", "ann");
    assertThat(read(broker)).containsExactly("1", "2", "3");
    assertThat(broker.subscriber("bob").takePayloads()).containsExactly("3");
  }

  @Test
  void whatComesDueComesNoFasterThanItIsKept() throws Exception {
    HandDrivenBroker broker = broker(9, topic("t", false, TopicLimits.NONE));
    List<Message> delayed = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      delayed.add(new Message(null, Bytes.utf8("" + i), null, 0, new Delay(true, 50)));
    }
    broker.submit(new Command.Publish("t", delayed));
    keepAll(broker);
    broker.publish("t", "now");
    broker.pass(LONG);
    assertThat(broker.standing().topics().get(0).delays().messages()).isEqualTo(3000);
    assertThat(broker.nanosToNextTurn()).isPositive();

    keep(broker);
    assertThat(broker.standing().topics().get(0).delays().messages()).isBetween(1L, 2000L);
    keepAll(broker);
    assertThat(broker.standing().topics().get(0).delays().messages()).isZero();
  }

  // ---- the end --------------------------------------------------------------------------------

  @Test
  void onlyWhoWaitsForACommitThatWasBegunIsInDoubt() throws Exception {
    HandDrivenBroker broker =
        broker(
            9, topic("t", false, TopicLimits.NONE), topic("full", false, bound(1, WhenFull.BLOCK)));
    broker.publish("full", "1");
    keepAll(broker);
    Confirm held = broker.publish("full", "2");
    Confirm begun = broker.publish("t", "1");
    Confirm collected = broker.publish("t", "2");
    Confirm waiting = broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "3"));
    store.lose("another node leads");
    assertThatExceptionOfType(NotKeptException.class)
        .isThrownBy(() -> broker.turn())
        .withMessage("another node leads");
    Confirm late = broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "4"));
    broker.abandon("another node leads");

    assertThat(begun.outcome()).isEqualTo("in-doubt");
    assertThat(held.outcome()).isEqualTo("unavailable");
    assertThat(collected.outcome()).isEqualTo("unavailable");
    assertThat(late.outcome()).isEqualTo("unavailable");
    assertThat(waiting.outcome()).isEqualTo("unavailable");
  }

  @Test
  void stopCommitsWhatWasCollected() throws Exception {
    HandDrivenBroker broker = broker();
    store.comesAtOnce();
    Confirm confirm = broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "1"));
    broker.turn();
    broker.stop();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
  }

  @Test
  void stopWaitsForNobodyForEver() throws Exception {
    HandDrivenBroker broker = broker();
    Confirm begun = broker.publish("t", "1");
    Confirm collected = broker.publish("t", "2");
    broker.stop();
    assertThat(begun.outcome()).isEqualTo("in-doubt");
    assertThat(collected.outcome()).isEqualTo("stopping");
  }
}
