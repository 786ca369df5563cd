package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The place in the queue that a newer version of a key takes. */
class KeyedPlacesTest {
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  /** The place of the newer version does not end the batch if nothing is behind it. */
  @Test
  void newerVersionKeepsNoLowerPriorityFromBeingSentAgain() {
    OneTopic orders = new OneTopic(store, settings(true, 3));
    orders.publish(message("y", "y1", 0), message("q", "q1", 1), message("r", "r1", 2));
    assertThat(orders.send("ann")).containsExactly("y1", "q1", "r1");
    orders.publish("y", "y2");
    orders.publish(message("q", "q2", 1));
    orders.worker("ann").redeliver();
    assertThat(orders.choose("ann")).containsExactly("y2", "q2", "r1");

    orders.failed("ann");
    assertThat(orders.send("ann")).containsExactly("y2", "q2", "r1");
    assertThat(orders.stats("ann").backlog()).isZero();
    orders.acknowledge("ann", "y", "q", "r");
    assertThat(orders.send("ann")).isEmpty();
    assertThat(orders.isStoreEmpty("y", "q", "r")).isTrue();
  }

  @Test
  void nothingGoesAheadOfWhatIsBehindANewerVersion() {
    OneTopic orders = new OneTopic(store, settings(true, 2));
    orders.publish(message("y", "y1", 0), message("q", "q1", 1));
    assertThat(orders.send("ann")).containsExactly("y1", "q1");
    orders.publish("y", "y2");
    orders.publish("z", "z1");
    orders.worker("ann").redeliver();
    assertThat(orders.send("ann")).containsExactly("y2", "z1", "q1");
  }

  /** A sent version is forgotten with the newest one, and no other version inherits its place. */
  @Test
  void laterMessageDoesNotTakeTheTurnOfOneThatExpiredBeforeARestart() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    Instant past = Instant.ofEpochMilli(OneTopic.NOW_MILLIS - 1);
    orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("newer"), past, 0));
    orders.expire(Instant.ofEpochMilli(OneTopic.NOW_MILLIS));
    orders.restart(DEDUPE);
    orders.publish("other", "first");
    orders.publish("k", "second");
    orders.crash(DEDUPE);
    assertThat(orders.send("ann")).containsExactly("first", "second");
  }

  @Test
  void newestOfTheSameKeyInOnePublishIsSentOnce() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish(message("k", "1", 0), message("l", "2", 0), message("k", "3", 0));

    assertThat(orders.send("ann")).containsExactly("3", "2");
  }

  @Test
  void versionPublishedDuringAPushThatFailsTakesThePlaceOfTheOneItReplaces() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish(message("k", "old", 0), message("l", "other", 0));
    orders.choose("ann");
    orders.publish("k", "new");
    orders.failed("ann");

    assertThat(orders.stats("ann").backlog()).isEqualTo(2);
    assertThat(orders.send("ann")).containsExactly("new", "other");
  }

  @Test
  void messageBeyondTheLastPriorityKeepsItsPlaceWhenAVersionOfTheLastPriorityComes() {
    OneTopic orders = new OneTopic(store, settings(true, 3));
    orders.publish(message("k", "old", 2), message("l", "other", 2));
    orders.restart(settings(true, 2));
    orders.publish(message("k", "new", 1));

    assertThat(orders.send("ann")).containsExactly("new", "other");
  }

  @Test
  void placeIsKeptWhereItsPriorityIsNoneAnyMore() {
    OneTopic orders = new OneTopic(store, settings(true, 3));
    orders.publish(message("k", "1", 2), message("l", "2", 2));
    orders.restart(settings(true, 2));
    assertThat(orders.chosen("ann", new BatchLimits(1, 1000), d -> d.payload().text()))
        .containsExactly("1");
    orders.publish(message("k", "newer", 2));
    orders.failed("ann");

    assertThat(orders.send("ann")).containsExactly("newer", "2");
  }
}
