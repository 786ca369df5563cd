package io.ppmq.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The behaviour of every {@link Store}, sentence by sentence of its Javadoc. */
public abstract class StoreContract {
  protected static final long FIRST_ID = 1_000;
  private static final long EVERYTHING = Long.MAX_VALUE;

  private static final Progress NOTHING = new Progress(new TreeMap<>(), List.of(), List.of());

  protected Store store;
  private TopicStore topic;

  /** A new, empty store whose first id is {@link #FIRST_ID}. */
  protected abstract Store open();

  @BeforeEach
  void openStore() {
    store = open();
    topic = store.topic("news");
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void topicIsTheSameObjectForTheSameName() {
    assertThat(store.topic("news")).isSameAs(topic);
    assertThat(store.topic("other")).isNotSameAs(topic);
  }

  @Test
  void newTopicIsEmpty() {
    assertThat(topic.priorities()).isEmpty();
    assertThat(topic.read(0, 0, 10, EVERYTHING)).isEmpty();
    assertThat(topic.last(0)).isNull();
    assertThat(topic.find(Bytes.utf8("k"))).isNull();
    assertThat(topic.progress()).isEmpty();
  }

  @Test
  void lookingAtATopicWritesNothing() {
    topic.read(0, 0, 10, EVERYTHING);
    topic.find(Bytes.utf8("k"));
    assertThat(store.isDirty()).isFalse();
  }

  @Test
  void writingMakesTheStoreDirtyUntilTheCommit() {
    topic.append(0, entry(1));
    assertThat(store.isDirty()).isTrue();
    store.commit();
    assertThat(store.isDirty()).isFalse();
  }

  @Test
  void emptyCommitDoesNothing() {
    store.commit();
    store.sync();
    assertThat(store.isDirty()).isFalse();
  }

  @Test
  void topicNamesAreNotChecked() {
    for (String name : List.of("", " ", "a/b", "ü☃", "\0", "x".repeat(5000))) {
      store.topic(name).append(0, entry(7));
    }
    store.commit();
    for (String name : List.of("", " ", "a/b", "ü☃", "\0", "x".repeat(5000))) {
      assertThat(ids(store.topic(name), 0)).containsExactly(7L);
    }
  }

  @Test
  void entriesAreReadInTheOrderOfTheirIdsAsTheyWereWritten() {
    Entry first = entry(3, "\"one\"", "\"two\"");
    Entry second = entry(300, "{}");
    topic.append(2, first);
    topic.append(2, second);
    store.commit();
    List<Entry> read = topic.read(2, 0, 10, EVERYTHING);
    assertThat(read).extracting(Entry::toBytes).containsExactly(first.toBytes(), second.toBytes());
  }

  @Test
  void readingBeginsAtTheEntryWhoseFirstIdIsTheCursorOrAbove() {
    append(0, 10, 20, 30);
    assertThat(ids(topic.read(0, 20, 10, EVERYTHING))).containsExactly(20L, 30L);
    assertThat(ids(topic.read(0, 21, 10, EVERYTHING))).containsExactly(30L);
    assertThat(topic.read(0, 31, 10, EVERYTHING)).isEmpty();
    assertThat(topic.read(0, Long.MAX_VALUE, 10, EVERYTHING)).isEmpty();
  }

  @Test
  void readingStopsAtTheMostEntries() {
    append(0, 10, 20, 30);
    assertThat(ids(topic.read(0, 0, 2, EVERYTHING))).containsExactly(10L, 20L);
  }

  @Test
  void readingStopsWhenTheBytesAddUp() {
    append(0, 10, 20, 30);
    long one = topic.read(0, 0, 1, EVERYTHING).get(0).length();
    assertThat(ids(topic.read(0, 0, 10, 1))).containsExactly(10L);
    assertThat(ids(topic.read(0, 0, 10, one))).containsExactly(10L);
    assertThat(ids(topic.read(0, 0, 10, one + 1))).containsExactly(10L, 20L);
  }

  @Test
  void logsOfPrioritiesAndTopicsAreApart() {
    append(0, 10);
    append(1, 11);
    append(70_000, 12);
    store.topic("newsflash").append(0, entry(13));
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(10L);
    assertThat(ids(topic, 1)).containsExactly(11L);
    assertThat(ids(topic, 70_000)).containsExactly(12L);
    assertThat(ids(store.topic("newsflash"), 0)).containsExactly(13L);
    assertThat(topic.priorities()).containsExactly(0, 1, 70_000);
  }

  @Test
  void lastIsTheEntryWithTheHighestId() {
    append(0, 10, 20);
    append(1, 15);
    assertThat(topic.last(0)).isNotNull().extracting(Entry::firstId).isEqualTo(20L);
    topic.remove(0, 20, Entry.NEVER);
    store.commit();
    assertThat(topic.last(0)).isNotNull().extracting(Entry::firstId).isEqualTo(10L);
    topic.drop(0, 0, 11);
    store.commit();
    assertThat(topic.last(0)).isNull();
    assertThat(topic.priorities()).containsExactly(1);
  }

  @Test
  void entryAroundAnIdIsTheLastThatBeginsNoLater() {
    append(0, 10, 20, 30);
    assertThat(topic.around(0, 0, 9)).isNull();
    assertThat(topic.around(0, 0, 10)).extracting(Entry::firstId).isEqualTo(10L);
    assertThat(topic.around(0, 0, 29)).extracting(Entry::firstId).isEqualTo(20L);
    assertThat(topic.around(0, 0, EVERYTHING - 1)).extracting(Entry::firstId).isEqualTo(30L);
    assertThat(topic.around(0, 21, 29)).isNull();
    assertThat(topic.around(1, 0, 29)).isNull();
  }

  @Test
  void replacedEntryIsReadAtOnce() {
    topic.append(0, entry(10, "1", "2", "3"));
    append(0, 20);
    store.commit();
    Entry before = topic.around(0, 0, 11);
    topic.replace(0, before, before.without(11));
    for (int i = 0; i < 2; i++) {
      assertThat(topic.read(0, 0, 10, EVERYTHING)).map(Entry::count).containsExactly(2, 1);
      assertThat(topic.around(0, 0, 12)).extracting(Entry::count).isEqualTo(2);
      store.commit();
    }
  }

  @Test
  void entryThatIsReplacedByNothingIsGoneAtOnce() {
    topic.append(0, expiringEntry(10, 5_000));
    append(0, 20);
    store.commit();
    topic.replace(0, topic.around(0, 0, 10), null);
    for (int i = 0; i < 2; i++) {
      assertThat(topic.read(0, 0, 10, EVERYTHING)).map(Entry::firstId).containsExactly(20L);
      assertThat(topic.around(0, 0, 10)).isNull();
      store.commit();
    }
    assertThat(store.expiring(10_000, 10)).isEmpty();
  }

  @Test
  void removedEntryIsGoneAndItsNeighboursStay() {
    append(0, 10, 20, 30);
    topic.remove(0, 20, Entry.NEVER);
    topic.remove(0, 25, Entry.NEVER);
    topic.remove(5, 25, 17);
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(10L, 30L);
  }

  @Test
  void droppingTakesWhatLiesBetweenItsBounds() {
    append(0, 10, 20, 30, 40);
    append(1, 15);
    topic.drop(0, 0, 20);
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(20L, 30L, 40L);
    topic.drop(0, 30, 40);
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(20L, 40L);
    topic.drop(0, 40, 40);
    topic.drop(0, 40, 20);
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(20L, 40L);
    assertThat(ids(topic, 1)).containsExactly(15L);
  }

  @Test
  void droppingInTheMiddleWithinOneCommitSparesWhatLiesBefore() {
    topic.append(0, entry(10));
    topic.append(0, entry(20));
    topic.append(0, entry(30));
    topic.drop(0, 20, 30);
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(10L, 30L);
  }

  @Test
  void whatIsAddedAfterEverythingWasDroppedStays() {
    append(0, 10, 20);
    topic.drop(0, 0, Long.MAX_VALUE);
    topic.append(0, entry(21));
    store.commit();
    topic.append(0, entry(22));
    store.commit();
    assertThat(ids(topic, 0)).containsExactly(21L, 22L);
    topic.drop(7, 0, Long.MAX_VALUE);
    topic.append(7, entry(23));
    store.commit();
    assertThat(ids(topic, 7)).containsExactly(23L);
  }

  @Test
  void reclaimingChangesNothingThatCanBeSeen() {
    for (long id = 1; id <= 2_000; id++) {
      topic.append(0, entry(id, "\"" + "x".repeat(1000) + "\""));
      if (id % 3 == 0) {
        topic.drop(0, 0, id - 100);
      }
      store.commit();
      if (id % 500 == 0) {
        store.reclaim();
      }
    }
    store.reclaim();
    List<Long> kept = ids(topic.read(0, 0, 10_000, EVERYTHING));
    assertThat(kept).hasSize(103).startsWith(1898L).endsWith(2000L);
  }

  @Test
  void keyedMessagesAreListedInTheOrderOfTheirKeysInPages() {
    store.topic("other").keep(null, keyed("x", 1, null));
    for (String key : List.of("b", "d", "a", "c")) {
      topic.keep(null, keyed(key, 5, null));
    }
    topic.forget(keyed("d", 5, null));
    store.commit();
    assertThat(topic.keyed(null, 2)).map(m -> m.key().text()).containsExactly("a", "b");
    assertThat(topic.keyed(Bytes.utf8("b"), 9)).map(m -> m.key().text()).containsExactly("c");
    assertThat(topic.keyed(Bytes.utf8("c"), 9)).isEmpty();
  }

  /** The heap has no room for a page of messages of some MiB. */
  @Test
  void pageOfLargeKeyedMessagesIsShort() {
    for (String key : List.of("a", "b", "c", "d", "e", "f")) {
      topic.keep(null, large(key, 100_000));
    }
    store.commit();
    assertThat(topic.keyed(null, 9)).map(m -> m.key().text()).containsExactly("a", "b", "c");
    assertThat(topic.keyed(Bytes.utf8("c"), 9))
        .map(m -> m.key().text())
        .containsExactly("d", "e", "f");
    topic.keep(null, large("a0", 5_000_000));
    store.commit();
    assertThat(topic.keyed(null, 9)).map(m -> m.key().text()).containsExactly("a", "a0");
    assertThat(topic.keyed(Bytes.utf8("a"), 9)).map(m -> m.key().text()).containsExactly("a0");
  }

  private static KeyedMessage large(String key, int payloadBytes) {
    return new KeyedMessage(
        Bytes.utf8(key),
        5,
        1,
        1_700_000_000_000L,
        null,
        true,
        Bytes.utf8("x".repeat(payloadBytes)),
        new Place(1, 5),
        new TreeMap<>());
  }

  @Test
  void whatIsRetainedIsKeptByTopicTheNewestOnly() {
    assertThat(topic.retained()).isNull();
    topic.saveRetained(new Retained(1, 10));
    store.topic("other").saveRetained(new Retained(5, 50));
    store.commit();
    topic.saveRetained(new Retained(2, 1L << 40));
    store.commit();
    assertThat(topic.retained()).isEqualTo(new Retained(2, 1L << 40));
    topic.saveRetained(null);
    store.commit();
    assertThat(topic.retained()).isNull();
    assertThat(store.topic("other").retained()).isEqualTo(new Retained(5, 50));
  }

  @Test
  void keyedMessageIsFoundAsItWasKept() {
    KeyedMessage message =
        keyed("k", 5, null).withPlace("slow", new Place(3, 77)).withPlace("none", Place.NONE);
    topic.keep(null, message);
    store.commit();
    assertThat(topic.find(Bytes.utf8("k"))).isEqualTo(message);
    assertThat(topic.find(Bytes.utf8("k2"))).isNull();
    assertThat(store.topic("other").find(Bytes.utf8("k"))).isNull();
  }

  @Test
  void findSeesWhatIsNotYetCommitted() {
    Bytes key = Bytes.utf8("k");
    KeyedMessage first = keyed("k", 5, null);
    KeyedMessage second = keyed("k", 6, null);
    topic.keep(null, first);
    assertThat(topic.find(key)).isEqualTo(first);
    topic.keep(first, second);
    assertThat(topic.find(key)).isEqualTo(second);
    store.commit();
    topic.forget(second);
    assertThat(topic.find(key)).isNull();
    topic.keep(null, first);
    assertThat(topic.find(key)).isEqualTo(first);
    store.commit();
    assertThat(topic.find(key)).isEqualTo(first);
  }

  @Test
  void forgottenMessageIsGone() {
    topic.keep(null, keyed("a", 5, null));
    topic.keep(null, keyed("b", 6, null));
    store.commit();
    topic.forget(keyed("a", 5, null));
    store.commit();
    assertThat(topic.find(Bytes.utf8("a"))).isNull();
    assertThat(topic.find(Bytes.utf8("b"))).isNotNull();
  }

  @Test
  void keysMayHoldAnyBytesAndShareNothingWithTheirArray() {
    byte[] array = {0, -1, 5, 0};
    topic.keep(null, keyed(new Bytes(array, 1, 2), 5, null));
    topic.keep(null, keyed(Bytes.EMPTY, 6, null));
    store.commit();
    array[1] = 9;
    KeyedMessage found = topic.find(Bytes.of(new byte[] {-1, 5}));
    assertThat(found).isNotNull().extracting(KeyedMessage::version).isEqualTo(5L);
    assertThat(topic.find(Bytes.EMPTY)).isNotNull();
  }

  @Test
  void progressIsKeptBySubscriberTheNewestOnly() {
    Progress one = progress(1);
    Progress two = progress(2);
    topic.save("a", one);
    topic.save("b", one);
    store.commit();
    topic.save("a", two);
    store.commit();
    assertThat(topic.progress()).containsOnlyKeys("a", "b");
    assertThat(topic.progress().get("a")).isEqualTo(two);
    assertThat(topic.progress().get("b")).isEqualTo(one);
    assertThat(store.topic("other").progress()).isEmpty();
  }

  @Test
  void savedProgressSharesNothingWithWhatWasHandedIn() {
    TreeMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    topic.save("a", new Progress(cursors, List.of(), List.of()));
    cursors.put(0, new Progress.Cursor(1, 1, 1, 1, 2));
    store.commit();
    assertThat(topic.progress().get("a")).isNotNull();
    assertThat(topic.progress().get("a").cursors()).isEmpty();
  }

  @Test
  void forgottenProgressIsGone() {
    topic.save("ann", NOTHING);
    topic.save("bob", NOTHING);
    store.commit();
    topic.forget("ann");
    store.commit();
    assertThat(topic.progress()).containsOnlyKeys("bob");
  }

  /** Uses more messages than a store may keep in memory until the commit. */
  @Test
  void veryManyKeyedMessagesOfOneCommitAreFoundAsItLeavesThem() {
    topic.keep(null, keyed("k3", 1, null));
    store.commit();
    for (int i = 0; i < 20_000; i++) {
      topic.keep(topic.find(Bytes.utf8("k" + i)), keyed("k" + i, i + 2L, null));
    }
    topic.keep(keyed("k5", 7, null), keyed("k5", 30_000, null));
    topic.forget(keyed("k19999", 20_001, null));
    for (int round = 0; round < 2; round++) {
      assertThat(topic.find(Bytes.utf8("k3"))).isEqualTo(keyed("k3", 5, null));
      assertThat(topic.find(Bytes.utf8("k5"))).isEqualTo(keyed("k5", 30_000, null));
      assertThat(topic.find(Bytes.utf8("k19998"))).isEqualTo(keyed("k19998", 20_000, null));
      assertThat(topic.find(Bytes.utf8("k19999"))).isNull();
      assertThat(topic.find(Bytes.utf8("k20000"))).isNull();
      assertThat(topic.holdsKeyed()).isTrue();
      store.commit();
    }
  }

  @Test
  void veryManyKeyedMessagesOfOneCommitCanBeForgottenInIt() {
    for (int i = 0; i < 20_000; i++) {
      topic.keep(null, keyed("k" + i, i + 2L, null));
    }
    topic.forgetKeyed();
    topic.keep(null, keyed("later", 30_000, null));
    for (int round = 0; round < 2; round++) {
      assertThat(topic.find(Bytes.utf8("k3"))).isNull();
      assertThat(topic.find(Bytes.utf8("later"))).isEqualTo(keyed("later", 30_000, null));
      store.commit();
    }
  }

  @Test
  void whatExpiresIsReportedAfterACommitThatTookMuchOffTheList() {
    Instant expires = Instant.ofEpochMilli(400);
    for (int i = 0; i < 20_000; i++) {
      topic.keep(null, keyed("k" + i, i + 2L, expires));
    }
    store.commit();
    for (int i = 0; i < 19_999; i++) {
      topic.keep(keyed("k" + i, i + 2L, expires), keyed("k" + i, i + 30_000L, null));
    }
    store.commit();
    assertThat(store.expiring(1000, 10)).hasSize(1);
  }

  @Test
  void forgettingAllKeyedMessagesSparesOtherTopicsAndWhatComesAfter() {
    TopicStore other = store.topic("other");
    topic.keep(null, keyed("committed", 1, null));
    other.keep(null, keyed("committed", 2, null));
    store.commit();
    assertThat(topic.holdsKeyed()).isTrue();

    topic.keep(null, keyed("uncommitted", 3, null));
    topic.forgetKeyed();
    assertThat(topic.holdsKeyed()).isFalse();
    topic.keep(null, keyed("later", 4, null));
    store.commit();
    assertThat(topic.find(Bytes.utf8("committed"))).isNull();
    assertThat(topic.find(Bytes.utf8("uncommitted"))).isNull();
    assertThat(topic.find(Bytes.utf8("later"))).isNotNull();
    assertThat(other.holdsKeyed()).isTrue();
  }

  @Test
  void topicsAreThoseThatWereWrittenTo() {
    store.topic("looked at").priorities();
    topic.append(0, entry(1));
    store.commit();
    assertThat(store.topics()).containsExactly("news");
  }

  @Test
  void marksAreKeptUntilTheyAreTakenOff() {
    store.mark("b");
    store.mark("a");
    store.mark("a");
    assertThat(store.isDirty()).isTrue();
    store.commit();
    store.unmark("b");
    store.unmark("never there");
    store.commit();
    assertThat(store.marks()).containsExactly("a");
  }

  @Test
  void nothingExpiresInAnEmptyStore() {
    topic.append(0, entry(1));
    topic.keep(null, keyed("k", 2, null));
    store.commit();
    assertThat(store.nextExpiryMillis()).isEqualTo(Entry.NEVER);
    assertThat(store.expiring(Long.MAX_VALUE - 1, 10)).isEmpty();
  }

  @Test
  void expiringThingsAreReportedInTheOrderOfTheirMoments() {
    topic.append(3, expiringEntry(1, 5_000));
    topic.keep(null, keyed("k", 2, Instant.ofEpochMilli(3_000)));
    store.topic("other").append(0, expiringEntry(4, -1_000));
    store.topic("other").append(0, expiringEntry(5, 9_000_000_000L));
    store.commit();
    assertThat(store.nextExpiryMillis()).isLessThanOrEqualTo(-1_000);
    assertThat(store.expiring(-1_001, 10)).isEmpty();
    assertThat(store.expiring(5_000, 10))
        .containsExactly(
            new Expiring("other", -1_000, 0, 4, null),
            new Expiring("news", 3_000, 0, 0, Bytes.utf8("k")),
            new Expiring("news", 5_000, 3, 1, null));
    assertThat(store.expiring(5_000, 2)).hasSize(2);
    assertThat(store.expiring(2_999, 10)).hasSize(1);
    assertThat(store.nextExpiryMillis()).isLessThanOrEqualTo(-1_000);
  }

  @Test
  void expiringIsReportedUntilItIsRemovedForgottenDroppedOrDismissed() {
    topic.append(0, expiringEntry(1, 100));
    topic.append(0, expiringEntry(2, 200));
    topic.append(1, expiringEntry(3, 300));
    KeyedMessage message = keyed("k", 4, Instant.ofEpochMilli(400));
    topic.keep(null, message);
    topic.append(0, expiringEntry(5, 500));
    store.commit();
    assertThat(moments(1_000)).containsExactly(100L, 200L, 300L, 400L, 500L);
    topic.remove(0, 1, 100);
    assertThat(moments(1_000)).containsExactly(200L, 300L, 400L, 500L);
    topic.drop(0, 0, 3);
    assertThat(moments(1_000)).containsExactly(300L, 400L, 500L);
    store.dismiss(store.expiring(1_000, 1).get(0));
    assertThat(moments(1_000)).containsExactly(400L, 500L);
    store.commit();
    assertThat(moments(1_000)).containsExactly(400L, 500L);
    topic.forget(message);
    store.commit();
    assertThat(moments(1_000)).containsExactly(500L);
    assertThat(ids(topic, 1)).containsExactly(3L);
    topic.drop(0, 0, 6);
    store.commit();
    assertThat(moments(1_000)).isEmpty();
    assertThat(store.nextExpiryMillis()).isEqualTo(Entry.NEVER);
  }

  @Test
  void newVersionTakesTheOldersPlaceOnTheExpiryList() {
    KeyedMessage first = keyed("k", 4, Instant.ofEpochMilli(400));
    KeyedMessage second = keyed("k", 5, Instant.ofEpochMilli(700));
    KeyedMessage third = keyed("k", 6, Instant.ofEpochMilli(700));
    topic.keep(null, first);
    topic.keep(first, second);
    store.commit();
    assertThat(moments(1_000)).containsExactly(700L);
    topic.keep(second, third);
    store.commit();
    assertThat(moments(1_000)).containsExactly(700L);
    topic.keep(third, keyed("k", 7, null));
    store.commit();
    assertThat(moments(1_000)).isEmpty();
  }

  @Test
  void nextExpiryIsNeverLaterThanTheTruthWhateverWasAskedBefore() {
    topic.append(0, expiringEntry(1, 10_000_000));
    store.commit();
    assertThat(store.expiring(20, 10)).isEmpty();
    topic.append(0, expiringEntry(2, 30));
    assertThat(store.expiring(25, 10)).isEmpty();
    assertThat(store.nextExpiryMillis()).isLessThanOrEqualTo(30);
    store.commit();
    assertThat(moments(30)).containsExactly(30L);
    topic.remove(0, 2, 30);
    topic.append(0, expiringEntry(3, 10));
    assertThat(moments(9)).isEmpty();
    store.commit();
    assertThat(store.nextExpiryMillis()).isLessThanOrEqualTo(10);
    assertThat(moments(40)).containsExactly(10L);
    topic.remove(0, 3, 10);
    store.commit();
    assertThat(moments(50)).isEmpty();
    assertThat(store.nextExpiryMillis()).isLessThanOrEqualTo(10_000_000);
    assertThat(moments(10_000_000)).containsExactly(10_000_000L);
  }

  @Test
  void entryThatIsAddedAndDroppedWithinOneCommitLeavesNothing() {
    topic.append(0, expiringEntry(1, 100));
    topic.drop(0, 0, 2);
    store.commit();
    assertThat(moments(1_000)).isEmpty();
    assertThat(topic.priorities()).isEmpty();
  }

  @Test
  void dismissingWhatIsNotListedDoesNothing() {
    store.dismiss(new Expiring("news", 5, 0, 1, null));
    store.dismiss(new Expiring("never seen", 5, 0, 1, Bytes.utf8("k")));
    store.commit();
    assertThat(moments(1_000)).isEmpty();
  }

  @Test
  void firstFreeIdIsAboveEveryReservedOne() {
    assertThat(store.firstFreeId()).isEqualTo(FIRST_ID);
    store.reserveIds(FIRST_ID + 500);
    assertThat(store.firstFreeId()).isGreaterThanOrEqualTo(FIRST_ID + 500);
    store.reserveIds(FIRST_ID + 100);
    assertThat(store.firstFreeId()).isGreaterThanOrEqualTo(FIRST_ID + 500);
  }

  @Test
  void reservingIsNoPartOfTheCommit() {
    store.reserveIds(FIRST_ID + 500);
    assertThat(store.isDirty()).isFalse();
    topic.append(0, entry(1));
    store.reserveIds(FIRST_ID + 600);
    assertThat(store.isDirty()).isTrue();
  }

  @Test
  void nonceIsEightLettersAndDigitsAndDiffersBetweenStores() {
    assertThat(store.nonce()).matches("[a-z0-9]{8}").isEqualTo(store.nonce());
    try (Store other = open()) {
      assertThat(other.nonce()).isNotEqualTo(store.nonce());
    }
  }

  @Test
  void closedStoreRefusesEveryCallAndMayBeClosedAgain() {
    store.close();
    store.close();
    assertThatThrownBy(() -> topic.read(0, 0, 1, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> topic.append(0, entry(1))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> topic.find(Bytes.utf8("k"))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.commit()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.topic("x")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.expiring(1, 1)).isInstanceOf(IllegalStateException.class);
  }

  private void append(int priority, long... ids) {
    for (long id : ids) {
      topic.append(priority, entry(id));
    }
    store.commit();
  }

  private List<Long> moments(long nowMillis) {
    return store.expiring(nowMillis, 100).stream().map(Expiring::atMillis).toList();
  }

  /** The first ids of all entries of a log. */
  protected static List<Long> ids(TopicStore topic, int priority) {
    return ids(topic.read(priority, 0, Integer.MAX_VALUE, EVERYTHING));
  }

  private static List<Long> ids(List<Entry> entries) {
    return entries.stream().map(Entry::firstId).toList();
  }

  /** An entry that never expires, with these payloads and ids from {@code id} on. */
  protected static Entry entry(long id, String... payloads) {
    Entry.Packer packer = new Entry.Packer(id, 1, Entry.NEVER, 16);
    for (String payload : payloads.length == 0 ? new String[] {"\"p" + id + "\""} : payloads) {
      packer.add(id++, Bytes.utf8(payload), null);
    }
    return packer.pack();
  }

  protected static Entry expiringEntry(long id, long atMillis) {
    Entry.Packer packer = new Entry.Packer(id, 1, atMillis, 16);
    packer.add(id, Bytes.utf8("1"), Instant.ofEpochMilli(atMillis));
    return packer.pack();
  }

  protected static KeyedMessage keyed(String key, long version, @Nullable Instant expires) {
    return keyed(Bytes.utf8(key), version, expires);
  }

  private static KeyedMessage keyed(Bytes key, long version, @Nullable Instant expires) {
    return new KeyedMessage(
        key,
        version,
        1,
        1_700_000_000_000L,
        expires,
        true,
        Bytes.utf8("{\"v\":" + version + "}"),
        new Place(1, version),
        new TreeMap<>());
  }

  protected static Progress progress(long n) {
    List<Progress.Unacknowledged> outstanding = new ArrayList<>();
    outstanding.add(new Progress.Unacknowledged(0, n, n, 1, 0, null));
    outstanding.add(new Progress.Unacknowledged(1, n + 1, n, 2, n, Bytes.utf8("k" + n)));
    return new Progress(
        new TreeMap<>(Map.of(0, new Progress.Cursor(n, n, n, 0, n))),
        List.of(new Progress.Absence(0, n), new Progress.Absence(n + 5, Long.MAX_VALUE)),
        outstanding);
  }
}
