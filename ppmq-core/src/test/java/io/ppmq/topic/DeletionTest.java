package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One message of a topic is deleted for all subscribers. */
final class DeletionTest {
  private static final BatchLimits TWO = new BatchLimits(2, 1 << 20);

  private final OneTopic orders = topic(OneTopic.settings(List.of("ann", "bob"), false, 2));

  private static OneTopic topic(TopicSettings settings) {
    return new OneTopic(new MemoryStore(1, "nonce000"), settings);
  }

  @Test
  void messageAmongOthersOfItsValueIsDeletedForAll() {
    publish(orders, "1", "2", "3");
    assertThat(delete(orders, keyOf(orders, "2"))).isTrue();
    assertThat(orders.send("ann")).containsExactly("1", "3");
    assertThat(orders.send("bob")).containsExactly("1", "3");
  }

  /** Its ordinals must stay right, or the end of the log would not be found. */
  @Test
  void whoIsInTheMiddleOfItsValueGoesOnAndMissesNothing() {
    publish(orders, "1", "2", "3", "4", "5");
    publish(orders, "6");
    orders.chosen("ann", TWO, delivery -> delivery);
    orders.pushed("ann");
    delete(orders, keyOf(orders, "4"));
    delete(orders, keyOf(orders, "1"));
    assertThat(backlog(orders)).containsExactly(3L, 4L);
    orders.restart(OneTopic.settings(List.of("ann", "bob"), false, 2));
    assertThat(orders.send("ann")).containsExactly("2", "3", "5", "6");
    assertThat(orders.send("bob")).containsExactly("2", "3", "5", "6");
    assertThat(backlog(orders)).containsExactly(0L, 0L);
  }

  @Test
  void onlyMessageOfItsValueLeavesNothingBehind() {
    publish(orders, "1");
    delete(orders, keyOf(orders, "1"));
    assertThat(orders.send("ann")).isEmpty();
    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void messageThatIsOutIsNotOutAnyMore() {
    publish(orders, "1", "2");
    orders.send("ann");
    Bytes key = keyOf(orders, "1");
    assertThat(delete(orders, key)).isTrue();
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    orders.acknowledge("ann", key.text());
    orders.worker("ann").redeliver();
    assertThat(orders.send("ann")).containsExactly("2");
  }

  @Test
  void keyThatIsNotQueuedDeletesNothing() {
    publish(orders, "1");
    Bytes key = keyOf(orders, "1");
    for (String subscriber : List.of("ann", "bob")) {
      orders.send(subscriber);
      orders.acknowledge(subscriber, key.text());
    }
    assertThat(delete(orders, key)).isFalse();
    assertThat(delete(orders, Bytes.utf8("nobody's"))).isFalse();
  }

  @Test
  void producersKeyIsDeletedWithTheOlderVersionThatIsOut() {
    OneTopic keyed = topic(OneTopic.settings(true, 1));
    keyed.publish("k", "old");
    keyed.send("ann");
    keyed.publish("k", "new");
    assertThat(delete(keyed, Bytes.utf8("k"))).isTrue();
    assertThat(keyed.stats("ann").inFlight()).isZero();
    assertThat(keyed.send("ann")).isEmpty();
    assertThat(keyed.isStoreEmpty("k")).isTrue();
  }

  @Test
  void deletedMessageMakesRoom() {
    TopicLimits limits = new TopicLimits(2, 0, WhenFull.REJECT, 0, null, 0, false);
    OneTopic bounded =
        topic(new TopicSettings("orders", List.of("ann"), 0, false, 1, true, limits));
    publish(bounded, "1", "2");
    List<Message> more = List.of(OneTopic.message(null, "3", 0));
    assertThat(bounded.topic().room().hasRoom(more)).isFalse();
    delete(bounded, keyOf(bounded, "1"));
    assertThat(bounded.topic().room().hasRoom(more)).isTrue();
  }

  private static void publish(OneTopic topic, String... payloads) {
    topic.publish(
        Stream.of(payloads)
            .map(payload -> OneTopic.message(null, payload, 0))
            .toArray(Message[]::new));
  }

  private static boolean delete(OneTopic topic, Bytes key) {
    boolean deleted = topic.topic().delete(key);
    topic.commit();
    return deleted;
  }

  private static Bytes keyOf(OneTopic topic, String payload) {
    return Stream.of("bob", "ann")
        .filter(topic.topic().subscribers()::contains)
        .flatMap(name -> topic.topic().peek(name, 100, OneTopic.NOW_MILLIS).stream())
        .map(PeekedMessage::delivery)
        .filter(delivery -> delivery.payload().text().equals(payload))
        .findFirst()
        .orElseThrow()
        .key();
  }

  private static List<Long> backlog(OneTopic topic) {
    return List.of(topic.stats("ann").backlog(), topic.stats("bob").backlog());
  }
}
