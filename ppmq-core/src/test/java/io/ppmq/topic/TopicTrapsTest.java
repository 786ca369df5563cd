package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static io.ppmq.topic.OneTopic.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.RocksStore;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traps that queues like this one have fallen into. */
class TopicTrapsTest {
  private static final TopicSettings PLAIN = settings(false, 1);
  private static final TopicSettings DEDUPE = settings(true, 1);

  private final Store store = new MemoryStore(1, "nonce000");

  // ---- batches made ready ---------------------------------------------------------------------

  private static final BatchLimits TWO = new BatchLimits(2, 1 << 20);

  /** A topic of three priorities with something out, and p1 to p4 of priority 1 behind it. */
  private OneTopic ordersWithOneOut(TopicSettings settings) {
    OneTopic orders = new OneTopic(store, settings);
    orders.publish(message(null, "out", 0));
    assertThat(orders.send("ann")).containsExactly("out");
    orders.publish(message(null, "p1", 1), message(null, "p2", 1));
    orders.publish(message(null, "p3", 1), message(null, "p4", 1));
    return orders;
  }

  private static void acknowledgeAll(OneTopic orders) {
    List<String> keys = new ArrayList<>();
    for (PeekedMessage message : orders.topic().peek("ann", 9, OneTopic.NOW_MILLIS)) {
      if (message.state() == PeekedMessage.State.IN_FLIGHT) {
        keys.add(message.delivery().key().text());
      }
    }
    orders.acknowledge("ann", keys.toArray(String[]::new));
  }

  private static List<String> sendTwo(OneTopic orders) {
    List<String> payloads = orders.chosen("ann", TWO, delivery -> delivery.payload().text());
    orders.pushed("ann");
    return payloads;
  }

  @Test
  void preparedBatchIsTheOneThatIsChosen() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    Batch prepared = orders.worker("ann").prepare(TWO);
    assertThat(prepared).isNotNull();
    acknowledgeAll(orders);
    orders.publish(message(null, "p5", 1), message(null, "p6", 2));
    assertThat(orders.worker("ann").choose(TWO, OneTopic.NOW_MILLIS)).isSameAs(prepared);
    orders.pushed("ann");
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p3", "p4");
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p5", "p6");
  }

  @Test
  void whatIsPreparedIsNotOut() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    assertThat(orders.stats("ann").backlog()).isEqualTo(4);
    assertThat(orders.stats("ann").inFlight()).isEqualTo(1);
    orders.restart(settings(false, 3));
    assertThat(orders.send("ann")).containsExactly("out", "p1", "p2", "p3", "p4");
  }

  @Test
  void whatLiesBehindAFullBatchIsNotLookedAtPreparedOrNot() {
    for (boolean isPrepared : List.of(false, true)) {
      OneTopic orders =
          new OneTopic(new MemoryStore(1, "nonce000"), settings(List.of("ann"), false, 1));
      for (String payload : List.of("one", "two", "three", "four")) {
        orders.publish(null, payload);
      }
      Instant past = Instant.ofEpochMilli(OneTopic.NOW_MILLIS - 1);
      orders.publish(new Message(null, Bytes.utf8("expired"), past, 0));
      sendTwo(orders);
      if (isPrepared) {
        assertThat(orders.worker("ann").prepare(TWO)).isNotNull();
      }
      acknowledgeAll(orders);
      assertThat(sendTwo(orders)).containsExactly("three", "four");
      assertThat(orders.stats("ann").backlog()).as("prepared: %s", isPrepared).isEqualTo(1);
    }
  }

  @Test
  void higherPriorityGoesBeforeWhatWasPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.publish(message(null, "urgent", 0));
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("urgent", "p1");
  }

  @Test
  void whatIsSentAgainGoesBeforeWhatWasPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.worker("ann").redeliver();
    assertThat(sendTwo(orders)).containsExactly("out", "p1");
  }

  @Test
  void whatWasPurgedIsNotPrepared() {
    OneTopic orders = ordersWithOneOut(settings(false, 3));
    orders.worker("ann").prepare(TWO);
    orders.topic().purge();
    orders.commit();
    orders.publish(message(null, "new", 1));
    assertThat(sendTwo(orders)).containsExactly("new");
  }

  @Test
  void whatWasEvictedIsNotPrepared() {
    TopicLimits limits = new TopicLimits(5, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    OneTopic orders =
        ordersWithOneOut(new TopicSettings("orders", List.of("ann"), 0, false, 3, true, limits));
    orders.worker("ann").prepare(TWO);
    orders.topic().room().makeRoom(List.of(message(null, "p5", 1)));
    orders.publish(message(null, "p5", 1));
    acknowledgeAll(orders);
    assertThat(sendTwo(orders)).containsExactly("p2", "p3");
  }

  // ---- newer versions -------------------------------------------------------------------------

  /** The place where the newer version waits is no end of the batch, if nothing is behind it. */
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
    assertThat(orders.send("ann")).containsExactly("y2");
    orders.acknowledge("ann", "y");
    assertThat(orders.send("ann")).containsExactly("z1", "q1");
  }

  // ---- damage ---------------------------------------------------------------------------------

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

  // ---- acknowledgements and versions ----------------------------------------------------------

  @Test
  void ackOfAnOlderVersionLeavesTheNewerOne() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void peekShowsNothingOfTheNewerVersionInPlaceOfTheOneThatIsOut() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "older");
    orders.send("ann");
    orders.publish("k", "newer");
    List<PeekedMessage> peeked = orders.topic().peek("ann", 9, OneTopic.NOW_MILLIS);
    assertThat(peeked).extracting(PeekedMessage::replaced).containsExactly(true, false);
    assertThat(peeked).map(m -> m.delivery().payload().text()).containsExactly("", "newer");
    assertThat(peeked).map(m -> m.delivery().key().text()).containsExactly("k", "k");
  }

  @Test
  void lateAckOfAnOlderVersionLeavesTheNewerOneWhosePushFailed() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.worker("ann").redeliver();
    assertThat(orders.choose("ann")).containsExactly("new");
    orders.failed("ann");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void lateAckOfAnOlderVersionDuringAPushThatFailsLeavesTheNewerOne() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");
    orders.worker("ann").redeliver();
    orders.choose("ann");
    orders.acknowledge("ann", "k");
    orders.failed("ann");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void secondAckDoesNotRemoveALaterMessageThatWasNeverSent() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "first");
    orders.send("ann");
    orders.acknowledge("ann", "k");
    orders.publish("k", "second");
    orders.choose("ann");
    orders.failed("ann");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("second");
  }

  @Test
  void lateAckAfterARestartDoesNotRemoveANewerVersion() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "old");
    orders.choose("ann");
    orders.topic().flush();
    orders.pushed("ann");
    orders.crash(DEDUPE);
    orders.publish("k", "new");
    orders.acknowledge("ann", "k");

    assertThat(orders.send("ann")).containsExactly("new");
  }

  /** What was sent is forgotten with its newest version, and no other one inherits its turn. */
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
  void ackThatOvertakesTheReportOfThePushCounts() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish("k", "payload");
    orders.choose("ann");
    orders.acknowledge("ann", "k");
    orders.pushed("ann");

    assertThat(orders.stats("ann").inFlight()).isZero();
    assertThat(orders.worker("ann").isReady()).isFalse();
    assertThat(orders.isStoreEmpty("k")).isTrue();
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
  void oldVersionOfASubscriberThatCameBackLeavesNothingBehind() {
    List<String> both = List.of("ann", "bob");
    OneTopic orders = new OneTopic(store, settings(both, true, 1));
    orders.publish("k", "old");
    orders.send("ann");
    orders.send("bob");
    orders.restart(settings(List.of("ann"), true, 1));
    orders.publish("k", "new");
    orders.send("ann");
    orders.acknowledge("ann", "k");
    orders.restart(settings(both, true, 1));
    orders.acknowledge("bob", "k");

    assertThat(orders.worker("bob").isReady()).isFalse();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }

  // ---- failed pushes, RECONNECT, restarts -----------------------------------------------------

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

  // ---- keys, topics, priorities, limits -------------------------------------------------------

  @Test
  void topicsOfOneStoreDoNotMix() {
    OneTopic orders = new OneTopic(store, DEDUPE);
    OneTopic bills =
        new OneTopic(store, new TopicSettings("bills", List.of("ann"), 0, true, 1, true));
    orders.publish("k", "order");
    bills.publish("k", "bill");

    assertThat(orders.send("ann")).containsExactly("order");
    orders.acknowledge("ann", "k");
    assertThat(bills.send("ann")).containsExactly("bill");
    assertThat(orders.isStoreEmpty("k")).isTrue();
    assertThat(bills.stats("ann").inFlight()).isEqualTo(1);
  }

  @Test
  void producersKeyThatLooksLikeTheBrokersHoldsNothingUp() {
    OneTopic orders = new OneTopic(store, settings(true, 2));
    orders.publish(message("5", "keyed", 1));
    orders.send("ann");
    orders.restart(settings(false, 2));
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      orders.publish(message(null, "plain " + i, 0));
    }
    for (int round = 0; round < 3; round++) {
      List<Delivery> batch = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery);
      batch.forEach(delivery -> sent.add(delivery.payload().text()));
      orders.pushed("ann");
      orders.acknowledge("ann", batch.stream().map(d -> d.key().text()).toArray(String[]::new));
    }

    assertThat(sent).contains("keyed").hasSize(7).doesNotHaveDuplicates();
  }

  @Test
  void prioritiesOutOfRangeAreTakenAsTheNearest() {
    OneTopic orders = new OneTopic(store, settings(false, 3));
    orders.publish(
        message(null, "low", Integer.MAX_VALUE),
        message(null, "middle", 1),
        message(null, "high", Integer.MIN_VALUE));

    assertThat(orders.chosen("ann", OneTopic.BATCH, Delivery::priority)).containsExactly(0, 1, 2);
  }

  @Test
  void batchBoundedInBytesHoldsAtLeastOneMessage() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish(message(null, "x".repeat(500), 0), message(null, "y", 0));
    BatchLimits tiny = new BatchLimits(10, 1);

    assertThat(orders.chosen("ann", tiny, delivery -> delivery.payload().length()))
        .containsExactly(500);
  }

  // ---- giving back ----------------------------------------------------------------------------

  @Test
  void acknowledgedMessagesLeaveNothingInTheStore() {
    for (TopicSettings settings : List.of(settings(false, 2), settings(true, 2))) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings);
      orders.publish(message("k", "1", 0), message("l", "2", 1), message(null, "3", 1));
      List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
      orders.pushed("ann");
      assertThat(orders.isStoreEmpty("k", "l")).isFalse();
      orders.acknowledge("ann", keys.toArray(String[]::new));

      assertThat(orders.isStoreEmpty("k", "l")).as(settings.toString()).isTrue();
    }
  }

  @Test
  void expiredMessagesLeaveNothingInTheStoreThoughNobodyCameForThem() {
    Instant soon = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + 10);
    for (TopicSettings settings : List.of(PLAIN, DEDUPE)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings);
      orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("1"), soon, 0));
      orders.expire(soon);

      assertThat(orders.isStoreEmpty("k")).as(settings.toString()).isTrue();
      assertThat(orders.worker("ann").isReady()).isFalse();
    }
  }

  @Test
  void expiredMessageThatIsFoundInPassingLeavesNothingInTheStore() {
    Instant past = Instant.ofEpochMilli(OneTopic.NOW_MILLIS - 10);
    TopicSettings kept = new TopicSettings("orders", List.of("ann"), 0, true, 1, false);
    OneTopic orders = new OneTopic(store, DEDUPE);
    orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("1"), past, 0));
    orders.restart(kept);
    orders.expire(past);
    orders.restart(DEDUPE);

    assertThat(orders.send("ann")).isEmpty();
    assertThat(orders.isStoreEmpty("k")).isTrue();
  }

  // ---- Dedupe switched ------------------------------------------------------------------------

  @Test
  void acknowledgementWithTheKeyOfBeforeDedupeWasSwitchedCounts() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), settings(dedupe, 1));
      orders.publish(message(null, "1", 0));
      String before = sentKey(orders);
      orders.restart(settings(!dedupe, 1));
      assertThat(sentKey(orders)).isNotEqualTo(before);
      orders.acknowledge("ann", before);
      orders.worker("ann").redeliver();
      assertThat(orders.send("ann")).isEmpty();
      assertThat(orders.isStoreEmpty()).isTrue();
    }
  }

  @Test
  void producersKeyThatLooksLikeTheOneOfBeforeAcknowledgesItsOwnMessageOnly() {
    OneTopic orders = new OneTopic(store, PLAIN);
    orders.publish(message(null, "1", 0));
    String before = sentKey(orders);
    orders.restart(DEDUPE);
    orders.publish(message(before, "producer's", 0));
    orders.acknowledge("ann", before);
    assertThat(orders.send("ann")).containsExactly("1", "producer's");
  }

  @Test
  void whatIsOutWhenDedupeIsSwitchedIsEvictedAndCountedAsBefore() {
    TopicLimits one = new TopicLimits(1, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    OneTopic orders = new OneTopic(store, PLAIN.with(one));
    orders.publish(message(null, "1", 0));
    orders.send("ann");
    orders.topic().apply(DEDUPE.with(one));
    orders.commit();
    assertThat(orders.topic().room().hasRoom(List.of(message(null, "2", 0)))).isFalse();
    assertThat(orders.topic().room().makeRoom(List.of(message(null, "2", 0)))).isEqualTo(1);
    orders.worker("ann").redeliver();
    assertThat(orders.send("ann")).isEmpty();
  }

  /** The key of the one message that is sent. */
  private static String sentKey(OneTopic orders) {
    List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
    orders.pushed("ann");
    assertThat(keys).hasSize(1);
    return keys.get(0);
  }

  // ---- Expire switched on ---------------------------------------------------------------------

  private static TopicSettings expiring(boolean dedupe, boolean expire) {
    return new TopicSettings("orders", List.of("ann"), 0, dedupe, 1, expire);
  }

  /** A message that expires so many milliseconds from now. */
  private static Message expiring(String key, long millis) {
    Instant expires = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + millis);
    return new Message(Bytes.utf8(key), Bytes.utf8(key), expires, 0);
  }

  @Test
  void whatWasQueuedBeforeExpireWasSwitchedOnIsNotSentPastItsExpiry() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), expiring(dedupe, false));
      orders.publish(expiring("past", -1), expiring("future", 1), message("live", "live", 0));
      orders.topic().apply(expiring(dedupe, true));
      assertThat(orders.send("ann")).containsExactly("future", "live");
      acknowledgeAll(orders);
      assertThat(orders.stats("ann").backlog()).isZero();
      assertThat(orders.isStoreEmpty("past", "future", "live")).isTrue();
    }
  }

  @Test
  void whatWasSentBeforeExpireWasSwitchedOnIsNotSentAgainPastItsExpiry() {
    for (boolean dedupe : List.of(false, true)) {
      OneTopic orders = new OneTopic(new MemoryStore(1, "nonce000"), expiring(dedupe, false));
      orders.publish(expiring("past", -1), message("live", "live", 0));
      orders.send("ann");
      orders.restart(expiring(dedupe, true));
      assertThat(orders.send("ann")).containsExactly("live");
      acknowledgeAll(orders);
      assertThat(orders.isStoreEmpty("past", "live")).isTrue();
    }
  }

  @Test
  void whatWasQueuedBeforeExpireWasSwitchedOnIsNotPreparedPastItsExpiry() {
    OneTopic orders = new OneTopic(store, expiring(false, false));
    orders.publish(message(null, "out", 0));
    orders.send("ann");
    orders.publish(expiring("1", 1), expiring("2", 1));
    orders.topic().apply(expiring(false, true));
    assertThat(orders.worker("ann").prepare(TWO)).isNull();
  }

  @Test
  void whatWasSentBeforeExpireWasSwitchedOnHoldsNothingBackPastItsExpiry() {
    OneTopic orders = new OneTopic(store, expiring(false, false));
    orders.publish(expiring("past", 1));
    orders.send("ann");
    orders.publish(message(null, "next", 0));
    orders.topic().apply(expiring(false, true));
    assertThat(orders.topic().nextEndMillis()).isEqualTo(OneTopic.NOW_MILLIS + 1);
    orders.topic().expireOut(OneTopic.NOW_MILLIS + 1);
    assertThat(orders.send("ann")).containsExactly("next");
  }

  @Test
  void subscriberThatCameBackToNothingKeepsNothing() {
    List<String> both = List.of("ann", "bob");
    OneTopic orders = new OneTopic(store, settings(both, false, 1));
    orders.restart(settings(List.of("ann"), false, 1));
    orders.publish(message(null, "1", 0));
    List<String> keys = orders.chosen("ann", OneTopic.BATCH, delivery -> delivery.key().text());
    orders.pushed("ann");
    orders.acknowledge("ann", keys.toArray(String[]::new));
    orders.restart(settings(both, false, 1));

    assertThat(orders.isStoreEmpty()).isTrue();
  }

  @Test
  void acknowledgingALargeBatchAsksTheStoreNoMoreForEachMessage() {
    assertThat(callsToAcknowledge(16_000)).isLessThanOrEqualTo(16 * callsToAcknowledge(1_000) + 16);
  }

  private static int callsToAcknowledge(int messages) {
    Store store = new MemoryStore(1, "nonce000");
    AtomicInteger calls = new AtomicInteger();
    TopicStore counted = watched(store.topic("orders"), calls::incrementAndGet);
    Topic topic = Topic.open(DEDUPE, counted, ids(), "nonce000");
    OneWorker ann = new OneWorker(topic, "ann");
    List<Message> published = new ArrayList<>();
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      keys.add(Bytes.utf8("k" + i));
      published.add(message("k" + i, "payload", 0));
    }
    topic.publish(published, 0);
    topic.flush();
    ann.choose(new BatchLimits(messages, Long.MAX_VALUE), 0);
    ann.pushed();
    calls.set(0);
    ann.acknowledge(keys);
    topic.trim();
    topic.flush();
    assertThat(topic.stats().queues().get(0).inFlight()).isZero();
    return calls.get();
  }

  @Test
  void batchThatCouldNotBeReadIsChosenLater() {
    int call = 1;
    while (isInterruptedAt(call)) {
      call++;
    }
    assertThat(call).isGreaterThan(3);
  }

  /** Lets one call to the store fail while a batch is chosen; false when there are not so many. */
  private static boolean isInterruptedAt(int call) {
    Store store = new MemoryStore(1, "nonce000");
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    TopicStore failing = watched(store.topic("orders"), () -> fail(left));
    Topic topic = Topic.open(DEDUPE, failing, ids(), "nonce000");
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
    Batch batch = ann.choose(OneTopic.BATCH, 2000);
    assertThat(batch).isNotNull();
    assertThat(batch.deliveries()).map(d -> d.payload().text()).containsExactly("2", "3");
    return true;
  }

  private static void fail(AtomicInteger left) {
    if (left.decrementAndGet() == 0) {
      throw new StoreException("the disk cannot be read");
    }
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

  private static Ids ids() {
    AtomicInteger next = new AtomicInteger(1);
    return next::getAndAdd;
  }

  /** The same store, which is told of before every call. */
  private static TopicStore watched(TopicStore store, Runnable call) {
    return (TopicStore)
        Proxy.newProxyInstance(
            TopicStore.class.getClassLoader(),
            new Class<?>[] {TopicStore.class},
            (proxy, method, arguments) -> {
              call.run();
              return method.invoke(store, arguments);
            });
  }
}
