package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.Delays;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Delayed messages in a broker driven by hand. */
class DelayTest {
  private static final BatchLimits LIMITS = new BatchLimits(10_000, 1 << 20);
  private static final PeekFilter DELAYED = new PeekFilter(null, null, PeekedMessage.State.DELAYED);

  private final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  private static TopicSettings topic(TopicLimits limits, String... subscribers) {
    return new TopicSettings("t", List.of(subscribers), 0, false, 3, true, limits);
  }

  private static TopicLimits bound(int messages, WhenFull whenFull) {
    return new TopicLimits(messages, 0, whenFull, 0, null, 0, false);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    List<SubscriberSettings> subscribers =
        List.of(new SubscriberSettings("ann", LIMITS), new SubscriberSettings("bob", LIMITS));
    return new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    return new HandDrivenBroker(store, settings(topics));
  }

  private HandDrivenBroker broker() throws InterruptedException {
    return broker(topic(TopicLimits.NONE, "ann"));
  }

  private static Message delayed(String payload, long millis) {
    return delayed(payload, millis, 0, null);
  }

  private static Message delayed(
      String payload, long millis, int priority, @Nullable Instant expires) {
    return new Message(null, Bytes.utf8(payload), expires, priority, new Delay(true, millis));
  }

  private static Message until(String payload, long moment) {
    return new Message(null, Bytes.utf8(payload), null, 0, new Delay(false, moment));
  }

  private static HandDrivenBroker.Confirm publish(HandDrivenBroker broker, Message... messages)
      throws InterruptedException {
    return broker.submit(new Command.Publish("t", List.of(messages)));
  }

  private static List<String> got(HandDrivenBroker broker) throws InterruptedException {
    return got(broker, "ann");
  }

  /** The messages that a subscriber has read since the last call; acknowledges them. */
  private static List<String> got(HandDrivenBroker broker, String subscriber)
      throws InterruptedException {
    List<String> payloads = new ArrayList<>();
    FakeSubscriber reader = broker.subscriber(subscriber);
    while (!reader.read.isEmpty()) {
      List<Bytes> keys = reader.keysOfLast("t");
      payloads.addAll(reader.takePayloads());
      broker.acknowledge("t", subscriber, keys);
    }
    return payloads;
  }

  private static TopicStats stats(HandDrivenBroker broker) throws Exception {
    return broker.ask(Administration::stats).topics().get(0);
  }

  // ---- moments --------------------------------------------------------------------------------

  @Test
  void delayedMessageIsQueuedAtItsMomentAndNotBefore() throws Exception {
    HandDrivenBroker broker = broker();
    assertThat(publish(broker, delayed("later", 30_000)).outcome()).isEqualTo("confirmed");
    broker.publish("t", "now");
    broker.pass(Duration.ofMillis(29_999));
    assertThat(got(broker)).containsExactly("now");
    broker.pass(Duration.ofMillis(1));
    assertThat(got(broker)).containsExactly("later");
  }

  @Test
  void momentThatHasComeIsNoDelay() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, until("past", broker.wallMillis() - 1), until("now", broker.wallMillis()));
    assertThat(got(broker)).containsExactly("past", "now");
    assertThat(stats(broker).delays()).isEqualTo(Delays.NONE);
  }

  @Test
  void delayedMessagesAreQueuedInTheOrderOfTheirMomentsThenOfStoring() throws Exception {
    HandDrivenBroker broker = broker();
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    publish(broker, delayed("3", 300), delayed("1", 100), delayed("2", 200), delayed("2b", 200));
    publish(broker, delayed("1b", 100), delayed("urgent", 300, 0, null));
    publish(broker, delayed("low", 50, 2, null), delayed("other", 60, 1, null));
    broker.pass(Duration.ofMillis(250));
    publish(broker, delayed("after 2b", 10));
    broker.pass(Duration.ofSeconds(1));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    assertThat(got(broker))
        .containsExactly("1", "1b", "2", "2b", "after 2b", "3", "urgent", "other", "low");
  }

  @Test
  void delayedMessageIsQueuedAtTheEndOfItsPriority() throws Exception {
    HandDrivenBroker broker = broker();
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    publish(broker, delayed("delayed", 100));
    broker.publish("t", "before");
    broker.pass(Duration.ofMillis(100));
    broker.publish("t", "after");
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    assertThat(got(broker)).containsExactly("before", "delayed", "after");
  }

  @Test
  void momentIsKeptOverARestart() throws Exception {
    HandDrivenBroker first = broker();
    long moment = first.wallMillis() + 5_000;
    publish(first, until("later", moment), delayed("sooner", 1_000));
    first.stop();
    HandDrivenBroker second = broker();
    assertThat(stats(second).delays().messages()).isEqualTo(2);
    second.pass(Duration.ofMillis(moment - second.wallMillis() - 1));
    assertThat(got(second)).containsExactly("sooner");
    second.pass(Duration.ofMillis(1));
    assertThat(got(second)).containsExactly("later");
  }

  @Test
  void whatCameDueWhileNoBrokerRanIsQueuedAtTheStart() throws Exception {
    HandDrivenBroker first = broker();
    publish(first, until("2", first.wallMillis() + 2), until("1", first.wallMillis() + 1));
    first.stop();
    HandDrivenBroker second = broker();
    second.moveWallClock(Duration.ofHours(1));
    second.pass(Duration.ofSeconds(1));
    assertThat(got(second)).containsExactly("1", "2");
  }

  @Test
  void clockSetForwardMakesDueWhatIsPast() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 3_600_000), delayed("2", 7_200_000));
    broker.moveWallClock(Duration.ofMinutes(90));
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).containsExactly("1");
    broker.pass(Duration.ofMinutes(30));
    assertThat(got(broker)).containsExactly("2");
  }

  @Test
  void clockSetBackMakesNothingComeEarlyOrGetLost() throws Exception {
    HandDrivenBroker broker = broker();
    long moment = broker.wallMillis() + 60_000;
    publish(broker, until("1", moment));
    broker.moveWallClock(Duration.ofHours(-1));
    publish(broker, delayed("0", 1_000));
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).containsExactly("0");
    broker.pass(Duration.ofMillis(moment - broker.wallMillis() - 1));
    assertThat(got(broker)).isEmpty();
    broker.pass(Duration.ofMillis(1));
    assertThat(got(broker)).containsExactly("1");
  }

  @Test
  void clockThatIsSetForwardWhileTheBrokerSleepsIsNoticedWithinASecond() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 3_600_000));
    broker.settle();
    assertThat(broker.nanosToNextTurn()).isLessThanOrEqualTo(1_000_000_000L);
  }

  // ---- how many come due ----------------------------------------------------------------------

  @Test
  void manyThatComeDueAtOnceHoldUpNobody() throws Exception {
    HandDrivenBroker broker = broker();
    List<Message> many = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      many.add(delayed("d" + i, 1_000));
    }
    publish(broker, many.toArray(Message[]::new));
    broker.pass(Duration.ofMillis(999));
    broker.setWallClock(Duration.ofMillis(1));
    broker.turn(); // a portion of the messages
    HandDrivenBroker.Confirm confirm = broker.submitWithoutTurns(publishing("now"));
    broker.turn();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(broker.standing().topics().get(0).delays().messages()).isGreaterThan(10_000);
    broker.settle();
    List<String> got = got(broker);
    assertThat(got).hasSize(20_001);
    got.remove("now");
    assertThat(got).containsExactlyElementsOf(many.stream().map(m -> m.payload().text()).toList());
  }

  // ---- who gets it ----------------------------------------------------------------------------

  @Test
  void whoSubscribesAtTheMomentGetsIt() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 1_000));
    broker.apply(settings(topic(TopicLimits.NONE, "bob")));
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker, "bob")).containsExactly("1");
    assertThat(got(broker)).isEmpty();
  }

  @Test
  void whereNobodySubscribesAtTheMomentItIsDroppedAndCounted() throws Exception {
    HandDrivenBroker broker = broker(topic(TopicLimits.NONE));
    assertThat(publish(broker, delayed("1", 1_000), delayed("2", 2_000)).outcome())
        .isEqualTo("confirmed");
    assertThat(stats(broker).dropped()).isZero();
    assertThat(stats(broker).delays().messages()).isEqualTo(2);
    broker.pass(Duration.ofSeconds(1));
    assertThat(stats(broker).dropped()).isEqualTo(1);
    broker.apply(settings(topic(TopicLimits.NONE, "ann")));
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).containsExactly("2");
  }

  @Test
  void topicThatIsNoLongerNamedKeepsWhatIsDelayedUntilItIsNamedAgain() throws Exception {
    HandDrivenBroker broker = broker(topic(TopicLimits.NONE));
    publish(broker, delayed("1", 1_000));
    broker.apply(settings());
    broker.pass(Duration.ofSeconds(5));
    broker.stop();
    HandDrivenBroker next = broker(new TopicSettings[0]);
    next.pass(Duration.ofSeconds(5));
    assertThat(stats(next).delays().messages()).isEqualTo(1);
    next.apply(settings(topic(TopicLimits.NONE, "ann")));
    assertThat(got(next)).containsExactly("1");
  }

  @Test
  void topicThatIsNoLongerNamedIsGoneWhenWhatIsDelayedIsPurged() throws Exception {
    HandDrivenBroker broker = broker(topic(TopicLimits.NONE));
    publish(broker, delayed("1", 1_000));
    broker.apply(settings());
    assertThat(purge(broker)).isEqualTo(Map.of(TopicSettings.DELAYED, 1L));
    assertThat(broker.ask(Administration::stats).topics()).isEmpty();
  }

  // ---- expiry ---------------------------------------------------------------------------------

  @Test
  void whatExpiresBeforeItsMomentIsAcceptedNeverSentAndCounted() throws Exception {
    HandDrivenBroker broker = broker();
    Instant expires = Instant.ofEpochMilli(broker.wallMillis() + 2_000);
    HandDrivenBroker.Confirm confirm =
        publish(broker, delayed("1", 2_000, 0, expires), delayed("2", 1_999, 0, expires));
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    broker.pass(Duration.ofMillis(1_999));
    assertThat(got(broker)).containsExactly("2");
    broker.pass(Duration.ofSeconds(5));
    assertThat(got(broker)).isEmpty();
    assertThat(stats(broker).delayedExpired()).isEqualTo(1);
    assertThat(stats(broker).queues().get(0).expired()).isEqualTo(1);
    assertThat(stats(broker).delays()).isEqualTo(Delays.NONE);
  }

  @Test
  void whatExpiresWhileNoBrokerRunsIsNotSent() throws Exception {
    HandDrivenBroker first = broker();
    Instant expires = Instant.ofEpochMilli(first.wallMillis() + 2_000);
    publish(first, delayed("1", 1_000, 0, expires));
    first.stop();
    HandDrivenBroker second = broker();
    second.moveWallClock(Duration.ofSeconds(3));
    second.pass(Duration.ofSeconds(1));
    assertThat(got(second)).isEmpty();
    assertThat(stats(second).delayedExpired()).isEqualTo(1);
  }

  // ---- bounds ---------------------------------------------------------------------------------

  @Test
  void delayedMessagesCountForTheBound() throws Exception {
    HandDrivenBroker broker = broker(topic(bound(2, WhenFull.REJECT), "ann"));
    publish(broker, delayed("1", 1_000));
    assertThat(broker.publish("t", "2").outcome()).isEqualTo("confirmed");
    assertThat(broker.publish("t", "3").outcome()).isEqualTo("topic-full");
    assertThat(publish(broker, delayed("4", 1_000)).outcome()).isEqualTo("topic-full");
    assertThat(stats(broker).limits().retained().messages()).isEqualTo(2);
    assertThat(got(broker)).containsExactly("2");
    broker.pass(Duration.ofSeconds(1));
    assertThat(stats(broker).limits().retained().messages()).isEqualTo(1);
    assertThat(got(broker)).containsExactly("1");
    assertThat(stats(broker).limits().retained().messages()).isZero();
  }

  @Test
  void delayedMessagesCountForTheBoundOfATopicWithoutSubscribersToo() throws Exception {
    HandDrivenBroker broker = broker(topic(bound(1, WhenFull.REJECT)));
    assertThat(publish(broker, delayed("1", 1_000)).outcome()).isEqualTo("confirmed");
    assertThat(publish(broker, delayed("2", 1_000)).outcome()).isEqualTo("topic-full");
    assertThat(broker.publish("t", "3").outcome()).isEqualTo("confirmed");
  }

  @Test
  void publishThatWaitsForRoomGoesOnWhenADelayedMessageIsDone() throws Exception {
    HandDrivenBroker broker = broker(topic(bound(1, WhenFull.BLOCK), "ann"));
    publish(broker, delayed("1", 1_000));
    HandDrivenBroker.Confirm waits = broker.publish("t", "2");
    assertThat(waits.outcome()).isNull();
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).containsExactly("1", "2");
    assertThat(waits.outcome()).isEqualTo("confirmed");
  }

  @Test
  void dropOldestNeverDropsWhatIsDelayed() throws Exception {
    HandDrivenBroker broker = broker(topic(bound(3, WhenFull.DROP_OLDEST), "ann"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    publish(broker, delayed("1", 1_000), delayed("2", 1_000));
    broker.publish("t", "a");
    assertThat(broker.publish("t", "b").outcome()).isEqualTo("confirmed");
    assertThat(broker.publish("t", "c", "d").outcome()).isEqualTo("topic-full");
    assertThat(publish(broker, delayed("3", 1_000)).outcome()).isEqualTo("confirmed");
    assertThat(broker.publish("t", "e").outcome()).isEqualTo("topic-full");
    broker.pass(Duration.ofSeconds(1));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
    assertThat(got(broker)).containsExactly("1", "2", "3");
  }

  @Test
  void messagesThatNobodyGetsEvictNothingBesideADelayedOne() throws Exception {
    TopicLimits three = bound(3, WhenFull.DROP_OLDEST);
    HandDrivenBroker broker = broker(topic(three, "ann"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.publish("t", "1", "2", "3");
    broker.apply(settings(topic(three)));

    Message now = new Message(null, Bytes.utf8("now"), null, 0);
    publish(broker, delayed("later", 60_000), now, now);

    broker.apply(settings(topic(three, "ann")));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.pass(Duration.ofSeconds(6)); // at most 5 s until it is tried again
    assertThat(got(broker)).containsExactly("2", "3");
  }

  // ---- what an administrator sees and takes out -----------------------------------------------

  @Test
  void delaysAreSeen() throws Exception {
    HandDrivenBroker broker = broker();
    long now = broker.wallMillis();
    publish(broker, delayed("\"two\"", 2_000), delayed("\"one\"", 1_000, 9, null));
    assertThat(stats(broker).delays()).isEqualTo(new Delays(2, 10, now + 1_000));
    List<PeekedMessage> seen = peek(broker);
    assertThat(seen)
        .extracting(PeekedMessage::dueAtMillis)
        .containsExactly(now + 1_000, now + 2_000);
    assertThat(seen.get(0).delivery().payload().text()).isEqualTo("\"one\"");
    assertThat(seen.get(0).delivery().priority()).isEqualTo(2);
    assertThat(seen.get(0).publishedAtMillis()).isEqualTo(now);
    assertThat(peek(broker, PeekFilter.ALL)).isEmpty();
  }

  @Test
  void oneIsTakenOutByTheKeyThatALookShows() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 1_000), delayed("2", 1_000), delayed("3", 1_000));
    Bytes key = peek(broker).get(1).delivery().key();
    assertThat(delete(broker, key)).isTrue();
    assertThat(delete(broker, key)).isFalse();
    assertThat(delete(broker, Bytes.utf8("delayed-1-1"))).isFalse();
    assertThat(stats(broker).delays().messages()).isEqualTo(2);
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).containsExactly("1", "3");
  }

  @Test
  void purgeOfATopicTakesWhatIsDelayedAndOfASubscriberDoesNot() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 1_000));
    broker.ask((a, turn) -> a.purge("t", "ann", 0, turn));
    assertThat(stats(broker).delays().messages()).isEqualTo(1);
    assertThat(purge(broker)).isEqualTo(Map.of("ann", 0L, TopicSettings.DELAYED, 1L));
    assertThat(stats(broker).delays()).isEqualTo(Delays.NONE);
    broker.pass(Duration.ofSeconds(2));
    assertThat(got(broker)).isEmpty();
  }

  @Test
  void keyedMessageOfATopicWithDedupeCannotBeDelayed() throws Exception {
    BrokerSettings settings =
        settings(new TopicSettings("t", List.of("ann"), 0, true, 1, false, TopicLimits.NONE));
    Message keyed = new Message(Bytes.utf8("k"), Bytes.utf8("1"), null, 0, new Delay(true, 1_000));
    assertThat(settings.refusal(submission(keyed)).code()).isEqualTo(ErrorCode.MALFORMED);
    assertThat(settings.refusal(submission(delayed("1", 1_000)))).isNull();
    assertThat(settings(topic(TopicLimits.NONE, "ann")).refusal(submission(keyed))).isNull();
  }

  // ---- failures -------------------------------------------------------------------------------

  @Test
  void whatComesDueWhenTheCommitFailsIsSentOnceWhenItSucceeds() throws Exception {
    HandDrivenBroker broker = broker();
    publish(broker, delayed("1", 1_000), delayed("2", 1_100));
    store.failCommits(3);
    broker.pass(Duration.ofMillis(1_050));
    assertThat(got(broker)).isEmpty();
    broker.pass(Duration.ofSeconds(2));
    assertThat(got(broker)).containsExactly("1", "2");
    assertThat(stats(broker).delays()).isEqualTo(Delays.NONE);
  }

  @Test
  void whatIsDelayedComesDueWithoutRoomOnTheDisk() throws Exception {
    HandDrivenBroker broker = broker();
    List<Message> some = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      some.add(delayed("" + i, 1_000));
    }
    publish(broker, some.toArray(Message[]::new));
    store.lackRoom("the disk is nearly full");
    broker.pass(Duration.ofSeconds(1));
    assertThat(got(broker)).as("not all of it at once").hasSizeBetween(1, 50);
    broker.pass(Duration.ofSeconds(2));
    assertThat(stats(broker).delays()).isEqualTo(Delays.NONE);
  }

  private static Submission submission(Message... messages) {
    return new Submission(List.of(new Command.Publish("t", List.of(messages))), 1, Answer.NONE);
  }

  private static Command publishing(String payload) {
    return HandDrivenBroker.publishing("t", payload);
  }

  private static List<PeekedMessage> peek(HandDrivenBroker broker) throws Exception {
    return broker.ask((a, turn) -> a.peekDelayed("t", DELAYED, 10)).messages();
  }

  private static List<PeekedMessage> peek(HandDrivenBroker broker, PeekFilter filter)
      throws Exception {
    return broker.ask((a, turn) -> a.peek("t", "ann", filter, 10, turn)).messages();
  }

  private static boolean delete(HandDrivenBroker broker, Bytes key) throws Exception {
    return broker.ask((a, turn) -> a.delete("t", key, turn));
  }

  private static Map<String, Long> purge(HandDrivenBroker broker) throws Exception {
    return broker.ask((a, turn) -> a.purge("t", turn));
  }
}
