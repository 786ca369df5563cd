package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.Rules;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages at the limits of their topics, in a broker driven by hand. */
class LimitsTest {
  private static final BatchLimits PAIRS = new BatchLimits(2, 1 << 20);

  private final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  private static TopicSettings topic(String name, TopicLimits limits, String... subscribers) {
    return new TopicSettings(name, List.of(subscribers), 100, false, 1, true, limits);
  }

  private static TopicLimits bound(int messages, WhenFull whenFull) {
    return new TopicLimits(messages, 0, whenFull, 0, null, 0, false);
  }

  private static TopicLimits deadly(int deliveries, @Nullable String grave) {
    return new TopicLimits(0, 0, WhenFull.BLOCK, deliveries, grave, 0, false);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    List<SubscriberSettings> subscribers =
        List.of(
            new SubscriberSettings("ann", PAIRS), new SubscriberSettings("bob", PAIRS, true, ""));
    return new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    return new HandDrivenBroker(store, settings(topics));
  }

  private static List<String> letters(HandDrivenBroker broker, String topic) {
    List<String> letters = new ArrayList<>();
    for (KeyedMessage kept : broker.kept(topic)) {
      letters.add(kept.payload().text());
    }
    return letters;
  }

  // ---- bounds ---------------------------------------------------------------------------------

  @Test
  void blockedPublishIsCarriedOutWhenAnAcknowledgementMakesRoom() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(2, WhenFull.BLOCK), "ann"));
    broker.publish("t", "1", "2");
    HandDrivenBroker.Confirm third = broker.publish("t", "3");
    HandDrivenBroker.Confirm fourth = broker.publish("t", "4");
    assertThat(third.outcome()).isNull();

    broker.acknowledgeLast("t", "ann");
    assertThat(third.outcome()).isEqualTo("confirmed");
    assertThat(fourth.outcome()).isEqualTo("confirmed");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void largePublishThatWaitsIsNotOvertakenBySmallOnes() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(2, WhenFull.BLOCK), "ann"));
    broker.publish("t", "1");
    HandDrivenBroker.Confirm large = broker.publish("t", "2", "3");
    HandDrivenBroker.Confirm small = broker.publish("t", "4");
    assertThat(small.outcome()).isNull();

    broker.acknowledgeLast("t", "ann");
    assertThat(large.outcome()).isEqualTo("confirmed");
    assertThat(small.outcome()).isNull();
  }

  @Test
  void fullTopicThatRejectsTakesNothingOfAValueThatDoesNotFitWhole() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(3, WhenFull.REJECT), "ann"));
    broker.publish("t", "1", "2");
    assertThat(broker.publish("t", "3", "4").outcome()).isEqualTo("topic-full");
    assertThat(broker.publish("t", "5").outcome()).isEqualTo("confirmed");
    assertThat(broker.told()).contains("rejected t 2");
  }

  @Test
  void publishThatCouldNeverFitIsRefusedInEveryMode() throws Exception {
    for (WhenFull whenFull : WhenFull.values()) {
      String name = whenFull.name();
      HandDrivenBroker broker = broker(topic(name, bound(2, whenFull), "ann"));
      assertThat(broker.publish(name, "1", "2", "3").outcome()).as(name).isEqualTo("too-large");
    }
  }

  @Test
  void fullTopicDropsTheOldestAndNeverSendsThemAgain() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(3, WhenFull.DROP_OLDEST), "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1", "2", "3");
    assertThat(ann.takePayloads()).containsExactly("1", "2");
    broker.publish("t", "4");
    broker.pass(Duration.ofMillis(150));

    assertThat(ann.takePayloads()).containsExactly("2", "3");
    assertThat(broker.told()).contains("evicted t 1");
  }

  @Test
  void burstInOneTurnLeavesTheNewest() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(3, WhenFull.DROP_OLDEST), "ann"));
    broker.subscriber("ann").be(Manner.AWAY);
    List<Command> burst = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      burst.add(HandDrivenBroker.publishing("t", "m" + i));
    }
    broker.submitApart(burst);
    broker.subscriber("ann").be(Manner.READS);
    broker.reconnect("ann", null);

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("m97", "m98");
  }

  @Test
  void countIsThereAgainAfterARestart() throws Exception {
    TopicSettings topic = topic("t", bound(2, WhenFull.REJECT), "ann");
    HandDrivenBroker broker = broker(topic);
    broker.publish("t", "1");
    broker.stop();

    HandDrivenBroker next = broker(topic);
    assertThat(next.publish("t", "2").outcome()).isEqualTo("confirmed");
    assertThat(next.publish("t", "3").outcome()).isEqualTo("topic-full");
    next.stop();
    HandDrivenBroker unbounded = broker(topic("t", TopicLimits.NONE, "ann"));
    unbounded.publish("t", "4");
    unbounded.stop();
    assertThat(broker(topic).publish("t", "5").outcome()).isEqualTo("topic-full");
  }

  @Test
  void whatIsHeldWhenTheBrokerStopsIsRefused() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(1, WhenFull.BLOCK), "ann"));
    broker.publish("t", "1");
    HandDrivenBroker.Confirm held = broker.publish("t", "2");
    broker.stop();

    assertThat(held.outcome()).isEqualTo("stopping");
  }

  /** Counts the holds of its connection minus the releases. */
  private static final class CountingSource implements Source {
    private int held;

    @Override
    public void hold() {
      held++;
    }

    @Override
    public void release() {
      held--;
    }
  }

  @Test
  void whatIsHeldForATopicThatIsTakenOutIsRefusedAndItsSourceLetGo() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", bound(1, WhenFull.BLOCK), "ann"), topic("u", TopicLimits.NONE, "ann"));
    broker.publish("t", "1");
    CountingSource source = new CountingSource();
    HandDrivenBroker.Confirm held =
        broker.submitFrom(source, HandDrivenBroker.publishing("t", "2"));
    HandDrivenBroker.Confirm behind =
        broker.submitFrom(source, HandDrivenBroker.publishing("u", "3"));
    assertThat(source.held).isOne();

    broker.apply(settings(topic("u", TopicLimits.NONE, "ann")));
    assertThat(held.outcome()).isEqualTo("unknown-topic");
    assertThat(behind.outcome()).isEqualTo("confirmed");
    assertThat(source.held).isZero();
    assertThat(broker.told()).contains("refused late");
  }

  @Test
  void whatWasRefusedWithItsTopicTakesUpNoRoomAnyMore() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", bound(150_000, WhenFull.BLOCK), "ann"), topic("u", TopicLimits.NONE));
    String[] many = new String[120_000];
    Arrays.fill(many, "1");
    broker.submit(HandDrivenBroker.publishing("t", many));
    HandDrivenBroker.Confirm held = broker.submit(HandDrivenBroker.publishing("t", many));
    assertThat(broker.isHoldingLarge()).isTrue();

    broker.apply(settings(topic("u", TopicLimits.NONE)));
    assertThat(held.outcome()).isEqualTo("unknown-topic");
    assertThat(broker.isHoldingLarge()).isFalse();
  }

  @Test
  void whatIsHeldAcknowledgesNothingAsASubscriberThatIsTakenOut() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(1, WhenFull.BLOCK), "ann", "bob"));
    broker.publish("t", "1");
    HandDrivenBroker.Confirm held =
        broker.submit(
            HandDrivenBroker.publishing("t", "2"),
            new Command.Acknowledge("t", "bob", broker.subscriber("bob").keysOfLast("t")));
    HandDrivenBroker.Confirm other = broker.publish("t", "3");

    broker.apply(settings(topic("t", bound(2, WhenFull.BLOCK), "ann")));
    assertThat(held.outcome()).isEqualTo("not-of-topic");
    assertThat(other.outcome()).isEqualTo("confirmed");
  }

  /** Refuses every publish, for its rights or its size. */
  private record Refusing(ErrorCode code) implements Rules {
    @Override
    public void checkRights(Submission submission) throws RefusedException {
      check(ErrorCode.DENIED, submission);
    }

    @Override
    public void checkSizes(Submission submission) throws RefusedException {
      check(ErrorCode.TOO_LARGE, submission);
    }

    private void check(ErrorCode asked, Submission submission) throws RefusedException {
      if (code == asked && submission.messages() > 0) {
        throw new RefusedException(code, "not any more");
      }
    }
  }

  private static BrokerSettings settings(Rules rules, TopicSettings topic) {
    BrokerSettings settings = settings(topic);
    return new BrokerSettings(
        List.of(topic), List.copyOf(settings.subscribers().values()), SyncPolicy.ALWAYS, rules);
  }

  @Test
  void whatIsHeldIsRefusedWhenTheRulesOfTheMomentDoNotAllowItAnyMore() throws Exception {
    TopicSettings topic = topic("t", bound(1, WhenFull.BLOCK), "ann");
    for (ErrorCode code : List.of(ErrorCode.DENIED, ErrorCode.TOO_LARGE)) {
      HandDrivenBroker broker = broker(topic);
      broker.publish("t", "1");
      CountingSource source = new CountingSource();
      HandDrivenBroker.Confirm held =
          broker.submitFrom(source, HandDrivenBroker.publishing("t", "2"));
      assertThat(held.outcome()).isNull();

      broker.apply(settings(new Refusing(code), topic));
      assertThat(held.outcome()).isEqualTo(code.word());
      assertThat(source.held).isZero();
      broker.acknowledgeLast("t", "ann");
      assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
      broker.stop();
    }
  }

  @Test
  void whatWaitsForTheWriterIsCheckedByTheRulesOfTheMomentAtWhichItIsStored() throws Exception {
    TopicSettings topic = topic("t", bound(9, WhenFull.BLOCK), "ann");
    for (ErrorCode code : List.of(ErrorCode.DENIED, ErrorCode.TOO_LARGE)) {
      HandDrivenBroker broker = broker(topic);
      BrokerSettings before = settings(topic);
      broker.apply(settings(new Refusing(code), topic));

      Command late = HandDrivenBroker.publishing("t", "1");
      assertThat(broker.submitCheckedBy(before, late).outcome()).isEqualTo(code.word());
      assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
      broker.stop();
    }
  }

  @Test
  void whatIsHeldIsStoredByThePrioritiesOfTheMoment() throws Exception {
    TopicSettings many =
        new TopicSettings("t", List.of("ann"), 100, false, 5, true, bound(1, WhenFull.BLOCK));
    HandDrivenBroker broker = broker(many);
    broker.publish("t", "1");
    broker.submit(new Command.Publish("t", List.of(new Message(null, Bytes.utf8("2"), null, 4))));
    broker.apply(settings(topic("t", bound(1, WhenFull.BLOCK), "ann")));
    broker.acknowledgeLast("t", "ann");

    assertThat(broker.subscriber("ann").read.get(1).deliveries())
        .singleElement()
        .matches(delivery -> delivery.priority() == 0);
  }

  @Test
  void whatHasRoomIsNotRejectedAsOthersWaitSinceTheTopicBlocked() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(2, WhenFull.BLOCK), "ann"));
    broker.publish("t", "1", "2");
    HandDrivenBroker.Confirm held = broker.publish("t", "3");
    broker.applyWithoutTurns(settings(topic("t", bound(4, WhenFull.REJECT), "ann")));
    HandDrivenBroker.Confirm next =
        broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "4"));
    HandDrivenBroker.Confirm last =
        broker.submitWithoutTurns(HandDrivenBroker.publishing("t", "5"));
    broker.settle();

    assertThat(held.outcome()).isEqualTo("confirmed");
    assertThat(next.outcome()).isEqualTo("confirmed");
    assertThat(last.outcome()).isEqualTo("topic-full");
    broker.acknowledgeLast("t", "ann");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void whatIsHeldIsRefusedWhenTheDiskHasNoRoomAtTheMomentAtWhichItWouldBeStored() throws Exception {
    HandDrivenBroker broker = broker(topic("t", bound(1, WhenFull.BLOCK), "ann"));
    broker.publish("t", "1");
    HandDrivenBroker.Confirm held = broker.publish("t", "2");
    store.lackRoom("the disk is full");
    broker.pass(Duration.ofMillis(60));
    assertThat(held.outcome()).isNull();

    broker.acknowledgeLast("t", "ann");
    assertThat(held.outcome()).isEqualTo("disk-full");
    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
  }

  // ---- dying ----------------------------------------------------------------------------------

  @Test
  void messageThatIsNeverAcknowledgedGoesToTheDeadLetterTopic() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", deadly(3, "dead"), "ann", "bob"), topic("dead", TopicLimits.NONE));
    broker.publish("t", "1");
    broker.acknowledgeLast("t", "bob");
    broker.pass(Duration.ofSeconds(2));

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "1", "1");
    assertThat(letters(broker, "dead"))
        .singleElement()
        .asString()
        .startsWith("{\"topic\":\"t\",\"subscriber\":\"ann\",\"key\":")
        .contains("\"attempts\":3,", "the last time within 100 ms\"")
        .endsWith(",\"priority\":0,\"payload\":1}");
    assertThat(broker.told()).contains("died t ann 1");
  }

  @Test
  void messageWithoutADeadLetterTopicIsDroppedAndCounted() throws Exception {
    HandDrivenBroker broker = broker(topic("t", deadly(1, null), "ann"));
    broker.publish("t", "1");
    broker.pass(Duration.ofSeconds(1));

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
    assertThat(broker.told()).contains("died t ann 1");
  }

  @Test
  void restartKillsNoMessageAndSendsItOnceMore() throws Exception {
    TopicSettings topic = topic("t", deadly(1, "dead"), "ann");
    TopicSettings dead = topic("dead", bound(1, WhenFull.REJECT));
    HandDrivenBroker broker = broker(topic, dead);
    broker.publish("t", "1", "2");
    broker.stop();

    HandDrivenBroker next = broker(topic, dead);
    assertThat(next.subscriber("ann").takePayloads()).containsExactly("1", "2");
    assertThat(letters(next, "dead")).isEmpty();

    next.reconnect("ann", null);
    assertThat(next.subscriber("ann").takePayloads()).isEmpty();
    assertThat(letters(next, "dead")).hasSize(2).allMatch(l -> l.contains("sent 2 times"));
  }

  @Test
  void whatANackKillsIsDeadWhenAReloadOfTheSameTurnTakesTheSubscriberAway() throws Exception {
    TopicSettings dead = topic("dead", TopicLimits.NONE);
    BrokerSettings both = settings(topic("t", deadly(3, "dead"), "ann", "bob"), dead);
    HandDrivenBroker broker = new HandDrivenBroker(store, both);
    broker.publish("t", "1");
    List<Bytes> keys = broker.subscriber("ann").keysOfLast("t");
    broker.submitWithoutTurns(new Command.Nack("t", "ann", keys, Command.Nack.NEVER, "bad"));
    broker.applyWithoutTurns(settings(topic("t", deadly(3, "dead"), "bob"), dead));
    broker.settle();
    broker.apply(both);

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
    assertThat(letters(broker, "dead")).singleElement().asString().contains("bad");
  }

  @Test
  void deathIsInOneCommitWithTheLetter() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", deadly(1, "dead"), "ann"), topic("dead", TopicLimits.NONE));
    broker.publish("t", "1");
    store.failCommits(3);
    broker.reconnect("ann", null);
    broker.pass(Duration.ofSeconds(2));

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1");
    assertThat(letters(broker, "dead")).hasSize(1);
  }

  @Test
  void deadLettersDropTheOldestOfThemWhereThatIsAsked() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", deadly(1, "dead"), "ann"), topic("dead", bound(2, WhenFull.DROP_OLDEST)));
    for (int i = 0; i < 5; i++) {
      broker.publish("t", "m" + i);
      broker.pass(Duration.ofSeconds(1));
    }

    assertThat(letters(broker, "dead"))
        .hasSize(2)
        .allMatch(letter -> letter.endsWith(":m3}") || letter.endsWith(":m4}"));
  }

  @Test
  void messageOfAProducerInADeadLetterTopicWithoutSubscribersIsNotKept() throws Exception {
    HandDrivenBroker broker =
        broker(topic("t", deadly(1, "dead"), "ann"), topic("dead", TopicLimits.NONE));
    broker.publish("dead", "1");

    assertThat(letters(broker, "dead")).isEmpty();
  }

  // ---- redelivery -----------------------------------------------------------------------------

  @Test
  void timeForAnAcknowledgementDoublesUpToItsLimit() throws Exception {
    TopicLimits doubling = new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, 400, false);
    HandDrivenBroker broker = broker(topic("t", doubling, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    ann.takePayloads();
    for (long millis : List.of(100L, 200L, 400L, 400L)) {
      broker.pass(Duration.ofMillis(millis - 1));
      assertThat(ann.takePayloads()).isEmpty();
      broker.pass(Duration.ofMillis(1));
      assertThat(ann.takePayloads()).containsExactly("1");
    }
  }

  @Test
  void whatIsOutWhenTheConnectionClosesIsSentAgainOnlyWhereThatIsAsked() throws Exception {
    TopicSettings topic =
        new TopicSettings("t", List.of("ann", "bob"), 0, false, 1, true, TopicLimits.NONE);
    HandDrivenBroker broker = broker(topic);
    broker.publish("t", "1");
    for (String name : List.of("ann", "bob")) {
      assertThat(broker.subscriber(name).takePayloads()).containsExactly("1");
      broker.subscriber(name).close(false);
    }
    broker.pass(Duration.ofSeconds(1));

    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
    assertThat(broker.subscriber("bob").takePayloads()).containsExactly("1");
  }
}
