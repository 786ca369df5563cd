package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Messages that the store cannot read, temporarily or for good. */
class UnreadableMessagesTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void whatTheDiskLostIsNotLookedForWithoutEnd() {
    for (TopicSettings settings : List.of(PLAIN, DEDUPE)) {
      try (Store lossy = new MemoryStore(1, "nonce000")) {
        OneTopic orders = new OneTopic(lossy, settings);
        orders.publish("k", "lost");
        orders.commit();
        TopicStore stored = lossy.topic("orders");
        stored.remove(0, stored.read(0, 0, 1, 1).get(0).firstId(), Entry.NEVER);
        lossy.commit();

        for (int i = 0; i < NextBatch.IN_VAIN_MAX; i++) {
          assertThat(orders.worker("ann").isReady()).isTrue();
          assertThat(orders.choose("ann")).isEmpty();
        }
        assertThat(orders.worker("ann").isReady()).isFalse();
        assertThat(orders.stats("ann").backlog()).isZero();
        orders.publish("l", "next");
        assertThat(orders.send("ann")).containsExactly("next");
        assertThat(orders.stats("ann").backlog()).isZero();
      }
    }
  }

  @Test
  void whatIsNotCommittedYetIsNotTakenForLost() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.topic().publish(List.of(message(null, "new", 0)), OneTopic.NOW_MILLIS);
    assertThat(orders.worker("ann").choose(OneTopic.BATCH, OneTopic.NOW_MILLIS)).isNull();
    orders.commit();

    assertThat(orders.stats("ann").backlog()).isEqualTo(1);
    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void batchThatCouldNotBeReadIsChosenLater() {
    int call = 1;
    while (isInterruptedAt(call, false)) {
      call++;
    }
    assertThat(call).isGreaterThan(3);
  }

  @Test
  void newerVersionOfAMessageWhoseEndCouldNotBeReadIsNotLost() {
    int call = 1;
    while (isInterruptedAt(call, true)) {
      call++;
    }
    assertThat(call).isGreaterThan(3);
  }

  /**
   * Makes one call to the store fail while a batch is chosen, which finds a message expired.
   * Returns false when there are fewer calls.
   *
   * @param newer whether there is a newer version of that message when it can be read again
   */
  private static boolean isInterruptedAt(int call, boolean newer) {
    Store store = new MemoryStore(1, "nonce000");
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    TopicStore failing = watched(store.topic("orders"), () -> fail(left));
    Topic topic = Topic.open(DEDUPE, failing, ids(), "nonce000", new CommitBarrier());
    OneWorker ann = new OneWorker(topic, "ann");
    Message brief =
        new Message(Bytes.utf8("brief"), Bytes.utf8("1"), Instant.ofEpochMilli(1000), 0);
    topic.publish(List.of(brief, message("k", "2", 0), message("l", "3", 0)), 0);
    topic.flush();
    store.commit();
    left.set(call);
    try {
      ann.choose(OneTopic.BATCH, 2000);
      return false;
    } catch (StoreException e) {
      left.set(Integer.MAX_VALUE);
    }
    assertThat(ann.isReady()).as("ready after failure %d", call).isTrue();
    if (newer) {
      topic.publish(List.of(message("brief", "4", 0)), 2000);
      topic.flush();
      store.commit();
      ann.choose(OneTopic.BATCH, 2000);
      ann.failed();
    }
    Batch batch = ann.choose(OneTopic.BATCH, 2000);
    assertThat(batch).isNotNull();
    assertThat(batch.deliveries())
        .as("after failure %d", call)
        .map(d -> d.payload().text())
        .containsExactlyInAnyOrderElementsOf(newer ? List.of("2", "3", "4") : List.of("2", "3"));
    return true;
  }

  private static void fail(AtomicInteger left) {
    if (left.decrementAndGet() == 0) {
      throw new StoreException("the disk cannot be read");
    }
  }

  private static Ids ids() {
    AtomicInteger next = new AtomicInteger(1);
    return next::getAndAdd;
  }

  /** The same store, which reports every call before it is made. */
  private static TopicStore watched(TopicStore store, Runnable call) {
    return new ForwardingTopicStore(store) {
      @Override
      protected void before(String method) {
        call.run();
      }
    };
  }
}
