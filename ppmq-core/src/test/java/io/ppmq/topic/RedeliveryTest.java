package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Delivery;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redelivered messages: after a failed push, RECONNECT or a restart. */
class RedeliveryTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void batchThatWasBeingPushedWhenTheSubscriberReconnectedIsSentAgain() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish("k", "payload");
    orders.choose("ann");
    orders.worker("ann").redeliver();
    orders.pushed("ann");

    assertThat(orders.worker("ann").isReady()).isTrue();
    assertThat(orders.send("ann")).containsExactly("payload");
  }

  @Test
  void whatWasChosenInVainComesFirstAndDoesNotCountAsSent() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish(message(null, "1", 0), message(null, "2", 0));
    orders.choose("ann");
    orders.failed("ann");
    orders.publish(message(null, "3", 0));

    assertThat(orders.topic().peek("ann", 3, OneTopic.NOW_MILLIS))
        .extracting(PeekedMessage::state)
        .containsOnly(PeekedMessage.State.QUEUED);
    assertThat(orders.chosen("ann", OneTopic.BATCH, Delivery::attempt)).containsExactly(1, 1, 1);
  }

  @Test
  void sentMessageIsThereAfterATrimAndACrash() {
    List<String> both = List.of("ann", "bob");
    OneTopic orders = new OneTopic(store, settings(both, true, 1));
    orders.publish(message("k", "1", 0), message("l", "2", 0));
    orders.send("ann");
    orders.send("bob");
    orders.acknowledge("bob", "k", "l");
    orders.topic().trim();
    orders.commit();
    orders.crash(settings(both, true, 1));

    assertThat(orders.send("ann")).containsExactly("1", "2");
  }

  @Test
  void nothingSeemsToWaitAfterACrashThatForgotWhatWasSent() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.crash(DEDUPE);
    orders.send("ann");
    orders.acknowledge("ann", "k");

    assertThat(orders.stats("ann").backlog()).isZero();
    assertThat(orders.worker("ann").isReady()).isFalse();
  }

  @Test
  void idsDoNotStartAgainAfterARestart(@TempDir Path directory) {
    Set<String> keys = new HashSet<>();
    for (int restart = 0; restart < 3; restart++) {
      try (RocksStore rocks = rocks(directory)) {
        OneTopic orders = new OneTopic(rocks, PLAIN);
        orders.publish(message(null, "1", 0), message(null, "2", 0));
        for (String key : orders.chosen("ann", OneTopic.BATCH, d -> d.key().text())) {
          assertThat(keys.add(key)).as("key %s is new", key).isTrue();
          orders.acknowledge("ann", key);
        }
      }
    }
    assertThat(keys).hasSize(6);
  }

  @Test
  void publishIsThereWholeOrNotAtAllAfterAKill(@TempDir Path directory) {
    try (RocksStore rocks = rocks(directory)) {
      OneTopic orders = new OneTopic(rocks, settings(true, 3));
      orders.publish(message("k", "1", 0), message(null, "2", 1), message("l", "3", 2));
      orders.topic().publish(List.of(message("m", "4", 0), message(null, "5", 2)), 0);
      orders.topic().flush();
    }
    try (RocksStore rocks = rocks(directory)) {
      OneTopic orders = new OneTopic(rocks, settings(true, 3));
      assertThat(orders.send("ann")).containsExactly("1", "2", "3");
    }
  }

  private static RocksStore rocks(Path directory) {
    return RocksStore.open(
        directory,
        1,
        warning -> {
          throw new AssertionError(warning);
        });
  }
}
