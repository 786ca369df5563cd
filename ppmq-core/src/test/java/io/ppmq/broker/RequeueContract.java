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
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import io.ppmq.store.Place;
import io.ppmq.store.Store;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Which messages become dead letters, and where a requeued message goes: ann and bob subscribe to
 * t, whose dead letters go to the topic dead.
 */
abstract class RequeueContract {
  private static final String LOOKALIKE =
      "{\"topic\":\"t\",\"subscriber\":\"ann\",\"key\":\"k\",\"attempts\":1,\"published\":"
          + "\"2026-11-22T16:49:12.386Z\",\"died\":\"2026-11-22T16:49:13.327Z\",\"reason\":\"sent"
          + " once and not acknowledged within 100 ms\",\"priority\":0,\"payload\":\"bad\"}";
  private static final TopicLimits DEADLY = deadly(0, WhenFull.BLOCK);

  private Store store;

  /** An empty store. */
  abstract Store create() throws Exception;

  @BeforeEach
  void createStore() throws Exception {
    store = create();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static TopicLimits deadly(int messagesMax, WhenFull whenFull) {
    return new TopicLimits(messagesMax, 0, whenFull, 1, "dead", 0, false);
  }

  private static TopicSettings t(boolean dedupe, TopicLimits limits, String... subscribers) {
    return new TopicSettings("t", List.of(subscribers), 100, dedupe, 2, true, limits);
  }

  private static TopicSettings grave(boolean dedupe, String... subscribers) {
    return new TopicSettings("dead", List.of(subscribers), 0, dedupe, 2, true, TopicLimits.NONE);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    BatchLimits limits = new BatchLimits(50, 1 << 20);
    List<SubscriberSettings> subscribers = new ArrayList<>();
    for (String name : List.of("ann", "bob", "gus")) {
      subscribers.add(new SubscriberSettings(name, limits));
    }
    return new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS);
  }

  private HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    return new HandDrivenBroker(store, settings(topics));
  }

  private static Message message(@Nullable String key, String payload) {
    return new Message(key == null ? null : Bytes.utf8(key), Bytes.utf8(payload), null, 1);
  }

  /** Publishes; bob acknowledges his messages and ann does not, so that they die for her. */
  private static void letDieForAnn(HandDrivenBroker broker, Message... messages) throws Exception {
    broker.submit(new Command.Publish("t", List.of(messages)));
    broker.acknowledgeLast("t", "bob");
    broker.pass(Duration.ofMillis(150));
    broker.subscriber("ann").takePayloads();
    broker.subscriber("bob").takePayloads();
  }

  private static List<KeyedMessage> letters(HandDrivenBroker broker) {
    return broker.kept("dead").stream()
        .filter(kept -> kept.origin() instanceof Origin.Buried)
        .toList();
  }

  /** They are buried a few at a time: all of them would not fit into memory. */
  @Test
  void largeMessagesThatDieAtOnceAreAllBuried() throws Exception {
    HandDrivenBroker broker =
        new HandDrivenBroker(
            store,
            new BrokerSettings(
                List.of(t(false, DEADLY, "ann"), grave(false)),
                List.of(new SubscriberSettings("ann", new BatchLimits(50, 16 << 20))),
                SyncPolicy.ALWAYS));
    String large = "x".repeat(600_000);
    broker.submit(
        new Command.Publish(
            "t",
            List.of(
                message(null, "1" + large),
                message(null, "2" + large),
                message(null, "3" + large),
                message(null, "4" + large),
                message(null, "5" + large))));
    assertThat(broker.subscriber("ann").takePayloads()).hasSize(5);

    broker.pass(Duration.ofMillis(150));

    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
    List<String> buried = new ArrayList<>();
    Bytes after = null;
    for (List<KeyedMessage> page = store.topic("dead").keyed(null, 9);
        !page.isEmpty();
        page = store.topic("dead").keyed(after, 9)) {
      for (KeyedMessage letter : page) {
        buried.add(letter.payload().text().replaceAll(".*\"payload\":(.).*", "$1"));
        after = letter.key();
      }
    }
    assertThat(buried).containsExactly("1", "2", "3", "4", "5");
    broker.stop();
  }

  private static void requeue(HandDrivenBroker broker, Bytes key) throws Exception {
    broker.ask(
        (asked, turn) -> {
          asked.requeue("dead", key, turn);
          return true;
        });
  }

  private static void requeueAll(HandDrivenBroker broker) throws Exception {
    for (KeyedMessage letter : letters(broker)) {
      requeue(broker, letter.key());
    }
  }

  /** The same while ann is away, so that she gets all messages at once. */
  private static void requeueAllAtOnce(HandDrivenBroker broker) throws Exception {
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    requeueAll(broker);
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);
  }

  /** The requeue is refused for this reason, and the letter stays. */
  private static void assertStays(HandDrivenBroker broker, String reason) {
    List<KeyedMessage> letters = letters(broker);
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> requeue(broker, letters.get(0).key()))
        .withMessageContaining(reason);
    assertThat(letters(broker)).hasSameSizeAs(letters);
  }

  private static List<String> got(HandDrivenBroker broker, String subscriber) {
    return broker.subscriber(subscriber).takePayloads();
  }

  // ---- what is a dead letter ------------------------------------------------------------------

  @Test
  void whatAProducerPublishesIsNoDeadLetterHoweverItLooks() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(true, "gus"));
    broker.submit(new Command.Publish("dead", List.of(message("k", LOOKALIKE))));

    assertThat(broker.kept("dead")).hasSize(1);
    assertThat(letters(broker)).isEmpty();
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> requeue(broker, Bytes.utf8("k")))
        .withMessage("there is no dead letter with this id");
    assertThat(got(broker, "ann")).isEmpty();
  }

  @Test
  void producerWhoKnowsTheKeyOfADeadLetterDoesNotReplaceIt() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(true, "gus"));
    letDieForAnn(broker, message(null, "bad"));
    String key = letters(broker).get(0).key().text();
    broker.subscriber("gus").takePayloads();
    broker.acknowledge("dead", "gus", List.of());
    broker.submit(new Command.Publish("dead", List.of(message(key, "\"mine\""))));
    requeueAll(broker);

    assertThat(got(broker, "ann")).containsExactly("bad");
    assertThat(got(broker, "gus")).containsExactly("\"mine\"");
  }

  @Test
  void keyThatAProducerForesawIsNotGivenToADeadLetter() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(true, "gus"));
    letDieForAnn(broker, message(null, "first"));
    String key = letters(broker).get(0).key().text();
    long id = Long.parseLong(key.substring(key.lastIndexOf('-') + 1), 32);
    List<Message> foreseen = new ArrayList<>();
    for (long next = id; next < id + 20; next++) {
      foreseen.add(message("ppmq-" + store.nonce() + "-" + Long.toString(next, 32), LOOKALIKE));
    }
    broker.submit(new Command.Publish("dead", foreseen));
    letDieForAnn(broker, message(null, "second"));

    assertThat(letters(broker)).hasSize(2);
    requeueAllAtOnce(broker);
    assertThat(got(broker, "ann")).containsExactly("first", "second");
  }

  private void keepUnnoted(String key, long id, String payload) {
    store
        .topic("dead")
        .keep(
            null,
            new KeyedMessage(
                Bytes.utf8(key),
                id,
                0,
                1,
                null,
                false,
                Bytes.utf8(payload),
                new Place(0, id),
                new TreeMap<>()));
    store.commit();
  }

  @Test
  void deadLetterOfAnOlderVersionIsRecognisedByTheKeyThatTheBrokerGaveIt() throws Exception {
    keepUnnoted(Long.toString(1000, 32), 1000, LOOKALIKE);
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    requeueAll(broker);

    assertThat(got(broker, "ann")).containsExactly("\"bad\"");
    assertThat(got(broker, "bob")).isEmpty();
    assertThat(broker.kept("dead")).isEmpty();
  }

  @Test
  void whatAProducerMayHaveMadeIsNoDeadLetterOfAnOlderVersion() throws Exception {
    keepUnnoted("ppmq-" + store.nonce() + "-" + Long.toString(1000, 32), 1000, LOOKALIKE);
    HandDrivenBroker withSubscriber = broker(t(true, DEADLY, "ann"), grave(true, "gus"));
    assertThat(letters(withSubscriber)).isEmpty();
    keepUnnoted(Long.toString(1001, 32), 1002, LOOKALIKE);
    keepUnnoted(Long.toString(1003, 32), 1003, LOOKALIKE.replace("\"attempts\":1", "\"a\":1"));
    keepUnnoted(Long.toString(1004, 32), 1004, "1");
    withSubscriber.apply(settings(t(true, DEADLY, "ann"), grave(false)));

    assertThat(letters(withSubscriber)).map(letter -> letter.version()).containsExactly(1000L);
  }

  // ---- to whom --------------------------------------------------------------------------------

  @Test
  void requeuedMessageGoesToTheSubscriberForWhichItDiedAlone() throws Exception {
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker = broker(t(dedupe, DEADLY, "ann", "bob"), grave(false));
      letDieForAnn(broker, message("a", "1"), message("b", "2"), message(null, "3"));
      requeueAllAtOnce(broker);
      broker.acknowledgeLast("t", "ann");

      assertThat(got(broker, "ann")).containsExactly("1", "2", "3");
      assertThat(got(broker, "bob")).isEmpty();
      assertThat(letters(broker)).isEmpty();
      broker.stop();
    }
  }

  @Test
  void requeuedMessageGoesToTheEndOfItsPriority() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message(null, "bad"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.submit(new Command.Publish("t", List.of(message(null, "waits"))));
    broker.publish("t", "urgent");
    requeueAll(broker);
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);

    List<String> all = new ArrayList<>(got(broker, "ann"));
    assertThat(all).containsExactly("urgent", "waits", "bad");
  }

  @Test
  void requeuedMessageIsCountedFromNothingAndDiesAgainForItsSubscriber() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message("k", "bad"));
    requeueAll(broker);
    assertThat(broker.subscriber("ann").read.get(0).deliveries().get(0).attempt()).isOne();
    assertThat(broker.subscriber("ann").read.get(0).deliveries().get(0).key().text())
        .isEqualTo("k");
    broker.pass(Duration.ofMillis(150));

    assertThat(letters(broker)).hasSize(1);
    requeueAll(broker);
    assertThat(got(broker, "ann")).containsExactly("bad", "bad");
    assertThat(got(broker, "bob")).isEmpty();
  }

  @Test
  void requeuedMessageIsKeptForItsSubscriberOverARestart() throws Exception {
    for (boolean dedupe : List.of(false, true)) {
      TopicSettings topic = t(dedupe, DEADLY, "ann", "bob");
      HandDrivenBroker broker = broker(topic, grave(false));
      letDieForAnn(broker, message("k", "bad"));
      broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
      requeueAll(broker);
      broker.stop();

      HandDrivenBroker next = broker(topic, grave(false));
      assertThat(got(next, "ann")).containsExactly("bad");
      assertThat(got(next, "bob")).isEmpty();
      assertThat(letters(next)).isEmpty();
      next.pass(Duration.ofMillis(150));
      requeueAll(next);
      next.acknowledgeLast("t", "ann");
      next.stop();
    }
  }

  @Test
  void nothingOfARequeuedMessageIsLeftWhenItIsAcknowledged() throws Exception {
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker = broker(t(dedupe, DEADLY, "ann", "bob"), grave(false));
      letDieForAnn(broker, message("k", "bad"));
      requeueAll(broker);
      broker.acknowledgeLast("t", "ann");
      broker.pass(Duration.ofSeconds(2));

      assertThat(store.topic("t").priorities()).isEmpty();
      assertThat(store.topic("t").holdsKeyed()).isFalse();
      broker.stop();
    }
  }

  @Test
  void letterThatWasOutHoldsBackNothingWhenItsMessageIsRequeued() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(false, "gus"));
    letDieForAnn(broker, message(null, "1"));
    assertThat(got(broker, "gus")).hasSize(1);
    requeueAllAtOnce(broker);
    broker.acknowledgeLast("t", "ann");
    letDieForAnn(broker, message(null, "2"));

    assertThat(got(broker, "gus")).hasSize(1);
  }

  @Test
  void messageThatIsADeadLetterItselfIsOneAgainWhenItIsRequeued() throws Exception {
    TopicSettings first = t(false, DEADLY, "ann", "bob");
    TopicSettings second =
        new TopicSettings(
            "dead",
            List.of("gus"),
            100,
            false,
            2,
            true,
            new TopicLimits(0, 0, WhenFull.BLOCK, 1, "deeper", 0, false));
    TopicSettings third =
        new TopicSettings("deeper", List.of(), 0, false, 2, true, TopicLimits.NONE);
    HandDrivenBroker broker = broker(first, second, third);
    letDieForAnn(broker, message(null, "bad"));
    broker.pass(Duration.ofMillis(300));
    assertThat(letters(broker)).isEmpty();
    Bytes deeper = broker.kept("deeper").get(0).key();
    broker.ask(
        (asked, turn) -> {
          asked.requeue("deeper", deeper, turn);
          return true;
        });

    assertThat(letters(broker)).hasSize(1);
    requeueAll(broker);
    assertThat(got(broker, "ann")).containsExactly("bad");
  }

  // ---- other versions -------------------------------------------------------------------------

  @Test
  void messageOfWhichANewerVersionWaitsForItsSubscriberIsNotRequeued() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message("k", "old"));
    broker.submit(new Command.Publish("t", List.of(message("k", "new"))));

    assertStays(broker, "a newer version of its key waits for the subscriber");
    broker.acknowledgeLast("t", "ann");
    broker.acknowledgeLast("t", "bob");
    requeueAll(broker);
    assertThat(got(broker, "ann")).containsExactly("new", "old");
    assertThat(got(broker, "bob")).containsExactly("new");
  }

  @Test
  void versionThatOthersStillNeedIsSharedWithThem() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    broker.subscriber("bob").be(FakeSubscriber.Manner.AWAY);
    broker.submit(new Command.Publish("t", List.of(message("k", "one"))));
    broker.pass(Duration.ofMillis(150));
    got(broker, "ann");
    requeueAll(broker);
    assertThat(got(broker, "ann")).containsExactly("one");
    broker.subscriber("bob").be(FakeSubscriber.Manner.READS);
    broker.reconnect("bob", null);

    assertThat(got(broker, "bob")).containsExactly("one");
    broker.acknowledge("t", "bob", List.of(Bytes.utf8("k")));
    broker.acknowledge("t", "ann", List.of(Bytes.utf8("k")));
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").priorities()).isEmpty();
    assertThat(store.topic("t").holdsKeyed()).isFalse();
    assertThat(letters(broker)).isEmpty();
  }

  @Test
  void versionThatOthersNeedIsNotReplacedByAnOlderOne() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message("k", "old"));
    broker.subscriber("bob").be(FakeSubscriber.Manner.AWAY);
    broker.submit(new Command.Publish("t", List.of(message("k", "new"))));
    broker.acknowledgeLast("t", "ann");

    assertStays(broker, "another version of its key waits for other subscribers");
    broker.subscriber("bob").be(FakeSubscriber.Manner.READS);
    broker.reconnect("bob", null);
    assertThat(got(broker, "bob")).containsExactly("new");
  }

  @Test
  void whoeverHasAnOlderVersionOutDoesNotGetWhatIsRequeuedForAnother() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    broker.submit(new Command.Publish("t", List.of(message("k", "old"))));
    List<Bytes> keys = List.of(Bytes.utf8("k"));
    broker.submit(new Command.Nack("t", "ann", keys, Command.Nack.NEVER, null));
    Instant soon = Instant.ofEpochMilli(broker.wallMillis() + 30);
    Message brief = new Message(Bytes.utf8("k"), Bytes.utf8("new"), soon, 1);
    broker.submit(new Command.Publish("t", List.of(brief)));
    broker.pass(Duration.ofMillis(40));
    requeueAll(broker);
    broker.pass(Duration.ofMillis(90));

    assertThat(got(broker, "ann")).containsExactly("old", "new", "old");
    assertThat(got(broker, "bob")).containsExactly("old");
    broker.acknowledgeLast("t", "ann");
    broker.acknowledgeLast("t", "bob");
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").holdsKeyed()).isFalse();
  }

  @Test
  void ofTwoDeadVersionsTheNewerIsQueuedInTheEnd() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message("k", "old"));
    letDieForAnn(broker, message("k", "new"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    requeueAll(broker);
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);

    assertThat(got(broker, "ann")).containsExactly("new");
    assertThat(letters(broker)).isEmpty();
  }

  @Test
  void newerVersionThatIsPublishedTakesThePlaceOfARequeuedOne() throws Exception {
    HandDrivenBroker broker = broker(t(true, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message("k", "old"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    requeueAll(broker);
    broker.submit(new Command.Publish("t", List.of(message("k", "new"))));
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);

    assertThat(got(broker, "ann")).containsExactly("new");
    assertThat(got(broker, "bob")).containsExactly("new");
  }

  // ---- what stands in the way -----------------------------------------------------------------

  @Test
  void messageWhoseSubscriberOrTopicIsGoneIsNotRequeued() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(false));
    letDieForAnn(broker, message(null, "bad"));
    TopicSettings keeps =
        new TopicSettings(
            "u",
            List.of(),
            0,
            false,
            1,
            true,
            new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false));

    broker.apply(settings(t(false, DEADLY, "bob"), grave(false)));
    assertStays(broker, "\"ann\" is not a subscriber of topic \"t\"");
    broker.apply(settings(grave(false), keeps));
    assertStays(broker, "there is no topic \"t\"");
    broker.apply(settings(t(false, DEADLY, "ann", "bob"), grave(false)));
    requeueAll(broker);
    assertThat(got(broker, "ann")).containsExactly("bad");
  }

  @Test
  void messageForWhichItsTopicHasNoRoomIsNotRequeued() throws Exception {
    for (WhenFull whenFull : List.of(WhenFull.BLOCK, WhenFull.REJECT)) {
      HandDrivenBroker broker = broker(t(false, deadly(1, whenFull), "ann", "bob"), grave(false));
      letDieForAnn(broker, message(null, "bad"));
      broker.submit(new Command.Publish("t", List.of(message(null, "fills"))));

      assertStays(broker, "topic \"t\" is full");
      broker.acknowledgeLast("t", "bob");
      broker.acknowledgeLast("t", "ann");
      requeueAll(broker);
      assertThat(got(broker, "ann")).containsExactly("fills", "bad");
      broker.acknowledgeLast("t", "ann");
      broker.pass(Duration.ofMillis(150));
      broker.ask((asked, turn) -> asked.purge("t", turn));
      broker.ask((asked, turn) -> asked.purge("dead", turn));
      broker.stop();
    }
  }

  @Test
  void requeueingDropsTheOldestWhereThatIsAsked() throws Exception {
    HandDrivenBroker broker =
        broker(t(false, deadly(1, WhenFull.DROP_OLDEST), "ann", "bob"), grave(false));
    letDieForAnn(broker, message(null, "bad"));
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    broker.subscriber("bob").be(FakeSubscriber.Manner.AWAY);
    broker.submit(new Command.Publish("t", List.of(message(null, "goes"))));
    requeueAll(broker);
    broker.subscriber("ann").be(FakeSubscriber.Manner.READS);
    broker.reconnect("ann", null);

    assertThat(got(broker, "ann")).containsExactly("bad");
    assertThat(broker.told()).contains("evicted t 1");
  }

  @Test
  void messageThatHasExpiredIsNotRequeued() throws Exception {
    HandDrivenBroker broker = broker(t(false, DEADLY, "ann", "bob"), grave(false));
    Instant end = Instant.ofEpochMilli(broker.wallMillis() + 200);
    letDieForAnn(broker, new Message(null, Bytes.utf8("late"), end, 0));
    broker.pass(Duration.ofMillis(200));

    assertStays(broker, "it expired at " + end);
  }
}
