package io.ppmq.broker.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Entry;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import org.junit.jupiter.api.Test;

/** The next moment of each topic. */
class TopicMomentsTest {
  private final Store store = new MemoryStore(1, "nonce000");
  private final Topic orders = topic("orders");
  private final Topic bills = topic("bills");
  private final TopicMoments moments = new TopicMoments();

  private Topic topic(String name) {
    return Topic.open(
        TopicSettings.retired(name),
        store.topic(name),
        count -> store.firstFreeId(),
        store.nonce(),
        new CommitBarrier());
  }

  @Test
  void whatIsDueIsTakenOnceAndTheEarliestFirst() {
    moments.set(orders, 20);
    moments.set(bills, 10);

    assertThat(moments.next()).isEqualTo(10);
    assertThat(moments.takeDue(20)).containsExactly(bills, orders);
    assertThat(moments.takeDue(20)).isEmpty();
  }

  @Test
  void aMomentIsDueAtItAndNotBefore() {
    moments.set(orders, 20);

    assertThat(moments.takeDue(19)).isEmpty();
    assertThat(moments.takeDue(20)).containsExactly(orders);
  }

  @Test
  void anotherMomentTakesThePlaceOfTheOneBefore() {
    moments.set(orders, 10);

    moments.set(orders, 30);

    assertThat(moments.next()).isEqualTo(30);
    assertThat(moments.takeDue(20)).isEmpty();
  }

  @Test
  void topicsMayShareAMomentAndLeaveItOneByOne() {
    moments.set(orders, 10);
    moments.set(bills, 10);

    moments.set(orders, Entry.NEVER);

    assertThat(moments.takeDue(10)).containsExactly(bills);
  }

  @Test
  void thereIsNoNextMomentWhenNoTopicHasOne() {
    moments.set(orders, 10);
    moments.set(orders, Entry.NEVER);

    assertThat(moments.next()).isEqualTo(Entry.NEVER);
  }
}
