package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.Purged;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Changes by an administrator of a running broker: settings, pauses, purges. Driven by hand. */
class OperatingTest {
  private static final BatchLimits PAIRS = new BatchLimits(2, 1 << 20);

  private final MemoryStore store = new MemoryStore(1, "nonce000");
  private HandDrivenBroker broker;

  private static TopicSettings topic(String name, String... subscribers) {
    return timed(name, 0, subscribers);
  }

  private static TopicSettings timed(String name, long ackRetryMillis, String... subscribers) {
    return new TopicSettings(name, List.of(subscribers), ackRetryMillis, false, 1, true);
  }

  private static TopicSettings keyed(String name, String... subscribers) {
    return new TopicSettings(name, List.of(subscribers), 0, true, 1, true);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    return settings("", topics);
  }

  private static BrokerSettings settings(String addressOfAnn, TopicSettings... topics) {
    List<SubscriberSettings> subscribers =
        List.of(
            new SubscriberSettings("ann", PAIRS, false, addressOfAnn),
            new SubscriberSettings("bob", PAIRS));
    return new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS);
  }

  private void start(TopicSettings... topics) throws InterruptedException {
    broker = new HandDrivenBroker(store, settings(topics));
  }

  private FakeSubscriber ann() {
    return broker.subscriber("ann");
  }

  private FakeSubscriber bob() {
    return broker.subscriber("bob");
  }

  private QueueStats queue(String topic, String subscriber) throws Exception {
    for (TopicStats stats : broker.ask(Administration::stats).topics()) {
      for (QueueStats queue : stats.queues()) {
        if (stats.topic().equals(topic) && queue.subscriber().equals(subscriber)) {
          return queue;
        }
      }
    }
    throw new AssertionError("no queue of " + subscriber + " in " + topic);
  }

  private boolean pause(String topic, String subscriber) throws Exception {
    return broker.ask((w, turn) -> w.pause(new Pause(topic, subscriber)));
  }

  private boolean resume(String topic, String subscriber) throws Exception {
    return broker.ask((w, turn) -> w.resume(new Pause(topic, subscriber)));
  }

  private Map<String, Long> purge(String topic) throws Exception {
    return broker.ask((w, turn) -> w.purge(topic, turn));
  }

  private Purged purge(String topic, String subscriber, long before) throws Exception {
    return broker.ask((w, turn) -> w.purge(topic, subscriber, before, turn));
  }

  private boolean isPaused(String topic, String subscriber) throws Exception {
    return broker.ask(Administration::stats).isPaused(topic, subscriber);
  }

  private List<String> topics() throws Exception {
    return broker.ask(Administration::stats).topics().stream().map(TopicStats::topic).toList();
  }

  // ---- settings -------------------------------------------------------------------------------

  @Test
  void newTopicIsServedAtOnce() throws Exception {
    start(topic("a", "ann"));
    broker.apply(settings(topic("a", "ann"), topic("b", "ann")));
    assertThat(broker.publish("b", "1").outcome()).isEqualTo("confirmed");
    assertThat(ann().takePayloads()).containsExactly("1");
  }

  @Test
  void whatIsOutWithAnUntouchedSubscriberStaysOut() throws Exception {
    start(timed("t", 1000, "ann", "bob"));
    broker.publish("t", "1", "2", "3");
    List<Bytes> keys = ann().keysOfLast("t");
    ann().takePayloads();

    broker.apply(settings(timed("t", 1000, "ann"), topic("other", "bob")));
    assertThat(ann().takePayloads()).isEmpty();
    assertThat(queue("t", "ann").inFlight()).isEqualTo(2);
    broker.acknowledge("t", "ann", keys);
    assertThat(ann().takePayloads()).containsExactly("3");
  }

  @Test
  void removedSubscriberFindsWhatItHadAndNothingOfTheMeantime() throws Exception {
    start(topic("t", "ann", "bob"));
    broker.publish("t", "1", "2", "3");
    ann().takePayloads();
    broker.apply(settings(topic("t", "bob")));
    broker.publish("t", "4");
    assertThat(queue("t", "ann").backlog()).isEqualTo(3);

    broker.apply(settings(topic("t", "ann", "bob")));
    broker.publish("t", "5");
    assertThat(ann().takePayloads()).containsExactly("1", "2");
    broker.acknowledge("t", "ann", List.of());
    assertThat(queue("t", "ann").backlog()).isEqualTo(2);
  }

  @Test
  void removedSubscriberFindsItAfterARestartToo() throws Exception {
    start(topic("t", "ann", "bob"));
    broker.publish("t", "1");
    broker.apply(settings(topic("t", "bob")));
    broker.publish("t", "2");
    broker.stop();

    start(topic("t", "bob"));
    broker.publish("t", "3");
    broker.apply(settings(topic("t", "ann", "bob")));
    broker.publish("t", "4");
    broker.acknowledgeLast("t", "ann");
    assertThat(ann().takePayloads()).containsExactly("1", "4");
  }

  @Test
  void removedTopicIsRefusedAndKeepsWhatItHasOverARestart() throws Exception {
    start(topic("a", "ann"), topic("b", "ann"));
    ann().be(Manner.AWAY);
    broker.publish("b", "1", "2");
    broker.apply(settings(topic("a", "ann")));
    assertThat(topics()).containsExactly("a", "b");
    assertThat(queue("b", "ann").backlog()).isEqualTo(2);
    broker.stop();

    start(topic("a", "ann"));
    assertThat(queue("b", "ann").backlog()).isEqualTo(2);
    broker.apply(settings(topic("a", "ann"), topic("b", "ann")));
    assertThat(ann().takePayloads()).containsExactly("1", "2");
  }

  @Test
  void startIgnoresARemovedTopicWithoutMessages() throws Exception {
    start(topic("a", "ann"), topic("empty", "ann"), topic("full", "bob"));
    bob().be(Manner.AWAY);
    broker.publish("empty", "1");
    broker.acknowledgeLast("empty", "ann");
    broker.publish("full", "2");
    broker.apply(settings(topic("a", "ann")));
    assertThat(topics()).containsExactly("a", "empty", "full");
    broker.stop();

    start(topic("a", "ann"));
    assertThat(topics()).containsExactly("a", "full");
    broker.apply(settings(topic("a", "ann"), topic("empty", "ann")));
    broker.publish("empty", "3");
    assertThat(ann().takePayloads()).as("and not the acknowledged one").containsExactly("3");
  }

  @Test
  void whatCameInForATopicThatWasJustRemovedIsRefused() throws Exception {
    start(topic("a", "ann"), topic("b", "ann"));
    BrokerSettings before = settings(topic("a", "ann"), topic("b", "ann"));
    broker.apply(settings(topic("a", "ann")));
    HandDrivenBroker.Confirm confirm =
        broker.submitCheckedBy(before, new Command.Acknowledge("b", "ann", List.of()));
    assertThat(confirm.outcome()).isEqualTo("unknown-topic");
    assertThat(broker.told()).contains("refused late");
  }

  @Test
  void subscriberRemovedInTheMiddleOfAPushIsLetGo() throws Exception {
    start(topic("t", "ann", "bob"), topic("u", "ann"));
    FakeSubscriber stuck = ann();
    stuck.be(Manner.STUCK);
    broker.publish("t", "1");
    broker.apply(settings(topic("t", "bob"), topic("u", "ann")));
    stuck.be(Manner.READS);
    stuck.releaseStuck();
    broker.settle();
    assertThat(queue("t", "ann").backlog()).isEqualTo(1);
    broker.publish("u", "x");
    assertThat(ann().takePayloads()).containsExactly("x");
  }

  @Test
  void anotherAddressGetsASenderOfItsOwnAndWhatIsOut() throws Exception {
    start(topic("t", "ann"));
    FakeSubscriber old = ann();
    broker.publish("t", "1");
    assertThat(old.takePayloads()).containsExactly("1");

    broker.apply(settings("elsewhere", topic("t", "ann")));
    assertThat(ann()).isNotSameAs(old);
    assertThat(ann().takePayloads()).containsExactly("1");
    old.releaseStuck();
    old.close(true);
    broker.settle();
    assertThat(old.takePayloads()).isEmpty();
    assertThat(ann().takePayloads()).isEmpty();
  }

  @Test
  void ackRetryHoldsForWhatIsOutFromThenOn() throws Exception {
    start(topic("t", "ann"));
    broker.publish("t", "1");
    ann().takePayloads();
    broker.pass(Duration.ofMillis(300));
    broker.apply(settings(timed("t", 500, "ann")));
    broker.pass(Duration.ofMillis(190));
    assertThat(ann().takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(20));
    assertThat(ann().takePayloads()).containsExactly("1");

    broker.apply(settings(topic("t", "ann")));
    broker.pass(Duration.ofMinutes(1));
    assertThat(ann().takePayloads()).isEmpty();
  }

  @Test
  void fewerPrioritiesCountAsTheLowest() throws Exception {
    start(new TopicSettings("t", List.of("ann"), 0, false, 3, false));
    ann().be(Manner.AWAY);
    broker.publish("t", "1");
    broker.apply(settings(topic("t", "ann")));
    ann().be(Manner.READS);
    broker.reconnect("ann", null);
    assertThat(ann().takePayloads()).containsExactly("1");
  }

  @Test
  void dedupeHoldsForWhatIsPublishedFromThenOn() throws Exception {
    start(topic("t", "ann"));
    ann().be(Manner.AWAY);
    broker.publish("t", "k", "k");
    broker.apply(settings(keyed("t", "ann")));
    broker.publish("t", "k", "k");
    assertThat(queue("t", "ann").backlog()).isEqualTo(3);
    broker.apply(settings(topic("t", "ann")));
    broker.publish("t", "k", "k");
    assertThat(queue("t", "ann").backlog()).isEqualTo(5);
  }

  // ---- pauses ---------------------------------------------------------------------------------

  @Test
  void whatIsPausedWaitsAndIsAcknowledged() throws Exception {
    start(topic("t", "ann", "bob"), topic("u", "ann"));
    broker.publish("t", "1", "2", "3");
    List<Bytes> keys = ann().keysOfLast("t");
    ann().takePayloads();
    bob().takePayloads();
    assertThat(pause("t", "ann")).isTrue();
    assertThat(pause("t", "ann")).isFalse();

    broker.acknowledge("t", "ann", keys);
    broker.acknowledgeLast("t", "bob");
    broker.publish("u", "x");
    assertThat(ann().takePayloads()).containsExactly("x");
    assertThat(queue("t", "ann").acknowledged()).isEqualTo(2);

    assertThat(resume("t", "ann")).isTrue();
    assertThat(ann().takePayloads()).containsExactly("3");
  }

  @Test
  void deadlineThatPassesInAPauseIsMadeUpForAfterIt() throws Exception {
    start(timed("t", 100, "ann"));
    broker.publish("t", "1");
    ann().takePayloads();
    pause("t", null);
    broker.pass(Duration.ofSeconds(1));
    assertThat(ann().takePayloads()).isEmpty();
    resume("t", null);
    assertThat(ann().takePayloads()).containsExactly("1");
  }

  @Test
  void pauseOutlivesTheBrokerAndANewTopic() throws Exception {
    start(topic("t", "ann"));
    pause(null, "ann");
    broker.stop();

    start(topic("t", "ann"));
    broker.publish("t", "1");
    broker.apply(settings(topic("t", "ann"), topic("u", "ann")));
    broker.publish("u", "2");
    assertThat(ann().takePayloads()).isEmpty();
    assertThat(isPaused("u", "ann")).isTrue();
    resume(null, "ann");
    assertThat(ann().takePayloads()).containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void pauseOfWhatIsNotThereIsRefused() throws Exception {
    start(topic("t", "ann"));
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> pause("t", "bob"))
        .withMessageContaining("bob");
  }

  // ---- purges ---------------------------------------------------------------------------------

  @Test
  void purgeTakesWhatWaitsAndWhatIsOut() throws Exception {
    start(topic("t", "ann", "bob"));
    broker.publish("t", "1", "2", "3");
    List<Bytes> keys = ann().keysOfLast("t");
    ann().takePayloads();
    assertThat(purge("t")).isEqualTo(Map.of("ann", 3L, "bob", 3L));
    broker.acknowledge("t", "ann", keys);
    broker.reconnect("ann", null);
    assertThat(ann().takePayloads()).isEmpty();
    assertThat(queue("t", "ann").acknowledged()).isZero();
    broker.publish("t", "4");
    assertThat(ann().takePayloads()).containsExactly("4");
  }

  @Test
  void purgeOfOneLeavesTheOthers() throws Exception {
    start(topic("t", "ann", "bob"));
    broker.publish("t", "1", "2", "3");
    bob().takePayloads();
    ann().takePayloads();
    assertThat(purge("t", "ann", 0)).isEqualTo(new Purged(3, 0));
    broker.acknowledge("t", "bob", keysOfAll("t", "bob"));
    assertThat(bob().takePayloads()).containsExactly("3");
    assertThat(ann().takePayloads()).isEmpty();
  }

  private List<Bytes> keysOfAll(String topic, String subscriber) throws Exception {
    return broker
        .ask((w, turn) -> w.peek(topic, subscriber, PeekFilter.ALL, 100, turn))
        .messages()
        .stream()
        .map(message -> message.delivery().key())
        .toList();
  }

  @Test
  void purgeOfOneForgetsKeyedMessagesThatNobodyElseNeeds() throws Exception {
    start(keyed("t", "ann", "bob"));
    ann().be(Manner.AWAY);
    for (int i = 0; i < 5000; i++) {
      broker.publish("t", "k" + i);
      broker.acknowledgeLast("t", "bob");
      bob().takePayloads();
    }
    assertThat(queue("t", "ann").backlog()).isEqualTo(5000);

    long purged = 0;
    Purged portion = purge("t", "ann", 0);
    broker.publish("t", "new");
    while (!portion.isDone()) {
      long before = portion.before();
      portion = purge("t", "ann", before);
      purged += portion.messages();
    }
    assertThat(purged).isEqualTo(5000);
    assertThat(queue("t", "ann").backlog()).isEqualTo(1);
    assertThat(IntStream.range(0, 5000).mapToObj(i -> store.topic("t").find(Bytes.utf8("k" + i))))
        .containsOnlyNulls();
    assertThat(store.topic("t").find(Bytes.utf8("new"))).isNotNull();
  }

  @Test
  void purgeOfAllForgetsEveryKeyedMessage() throws Exception {
    start(keyed("t", "ann", "bob"));
    ann().be(Manner.AWAY);
    bob().be(Manner.AWAY);
    broker.publish("t", "a", "b");
    broker.publish("t", "a");
    assertThat(purge("t")).isEqualTo(Map.of("ann", 2L, "bob", 2L));
    assertThat(store.topic("t").holdsKeyed()).isFalse();
    broker.publish("t", "a");
    assertThat(queue("t", "ann").backlog()).isEqualTo(1);
  }

  @Test
  void purgedSubscriberThatIsNotNamedIsForgotten() throws Exception {
    start(topic("t", "ann", "bob"));
    broker.publish("t", "1");
    broker.apply(settings(topic("t", "bob")));
    assertThat(purge("t", "ann", 0).messages()).isEqualTo(1);
    assertThat(store.topic("t").progress()).containsOnlyKeys("bob");
    assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> purge("t", "ann", 0));
  }

  @Test
  void purgedTopicThatIsNotNamedIsForgotten() throws Exception {
    start(topic("a", "ann"), topic("b", "ann"));
    ann().be(Manner.AWAY);
    broker.publish("b", "1");
    broker.apply(settings(topic("a", "ann")));
    assertThat(purge("b")).isEqualTo(Map.of("ann", 1L));
    assertThat(topics()).containsExactly("a");
    broker.stop();

    start(topic("a", "ann"));
    assertThat(topics()).containsExactly("a");
    broker.apply(settings(topic("a", "ann"), topic("b", "ann")));
    assertThat(queue("b", "ann").backlog()).isZero();
    assertThat(store.topic("b").priorities()).isEmpty();
  }

  @Test
  void purgeInTheMiddleOfAPushEndsIt() throws Exception {
    start(topic("t", "ann"));
    ann().be(Manner.STUCK);
    broker.publish("t", "1");
    assertThat(purge("t")).isEqualTo(Map.of("ann", 1L));
    broker.publish("t", "2");
    ann().be(Manner.READS);
    ann().releaseStuck();
    broker.settle();
    assertThat(ann().takePayloads()).containsExactly("2");
  }
}
