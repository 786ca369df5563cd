package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The packing of messages into entries, and the removal of entries. */
class LogTest {
  private static final long NOW = OneTopic.NOW_MILLIS;

  private final Store store = new MemoryStore(1);
  private final TopicStore orders = store.topic("orders");
  private final Log log = new Log(orders, 0, 0);

  private void add(long id, int bytes, long expiresAtMillis) {
    log.add(id, Bytes.utf8("x".repeat(bytes)), null, expiresAtMillis, NOW);
  }

  /** The number of messages in each stored entry. */
  private List<Integer> counts() {
    log.flush();
    store.commit();
    return orders.read(0, 0, 100, Long.MAX_VALUE).stream().map(Entry::count).toList();
  }

  @Test
  void messagesOfOneCommitShareAnEntry() {
    add(1, 10, Entry.NEVER);
    add(2, 10, Entry.NEVER);
    assertThat(counts()).containsExactly(2);

    add(3, 10, Entry.NEVER);
    assertThat(counts()).containsExactly(2, 1);
    assertThat(log.ordinal()).isEqualTo(3);
    assertThat(log.lastId()).isEqualTo(3);
  }

  @Test
  void messageForWhichAnEntryHasNoRoomBeginsAnother() {
    add(1, Log.ENTRY_BYTES_MAX / 2, Entry.NEVER);
    add(2, Log.ENTRY_BYTES_MAX / 2, Entry.NEVER);
    add(3, 3 * Log.ENTRY_BYTES_MAX, Entry.NEVER);
    add(4, 10, Entry.NEVER);

    assertThat(counts()).containsExactly(1, 1, 1, 1);
  }

  @Test
  void messagesThatExpireAtDifferentMomentsShareNone() {
    add(1, 10, NOW + 1);
    add(2, 10, NOW + 1);
    add(3, 10, NOW + 2);

    assertThat(counts()).containsExactly(2, 1);
  }

  @Test
  void placeComesBehindWhatWasAddedBeforeIt() {
    add(1, 10, Entry.NEVER);
    log.addPlace(2, Bytes.utf8("key"), NOW);
    add(3, 10, Entry.NEVER);
    assertThat(counts()).containsExactly(1, 1, 1);

    List<Entry> entries = orders.read(0, 0, 100, Long.MAX_VALUE);
    assertThat(entries).extracting(Entry::isPlace).containsExactly(false, true, false);
    assertThat(entries).extracting(Entry::firstOrdinal).containsExactly(0L, 1L, 2L);
  }

  @Test
  void trimDropsWhatIsNeededNoLongerAndNothingElse() {
    for (long id = 1; id <= 3; id++) {
      add(id, 10, Entry.NEVER);
      log.flush();
    }
    log.trim(IdRanges.union(List.of(new IdRanges.Range(3, Long.MAX_VALUE))));
    store.commit();

    assertThat(orders.read(0, 0, 100, Long.MAX_VALUE))
        .extracting(Entry::firstId)
        .containsExactly(3L);
  }

  @Test
  void logThatIsOpenedGoesOnBehindItsLastEntryOrTheCursorThatCameFurthest() {
    add(5, 10, Entry.NEVER);
    add(8, 10, Entry.NEVER);
    assertThat(counts()).containsExactly(2);

    Log opened = new Log(orders, 0, 1);
    assertThat(opened.ordinal()).isEqualTo(2);
    assertThat(opened.lastId()).isEqualTo(8);
    assertThat(new Log(orders, 0, 9).ordinal()).as("all was dropped since").isEqualTo(9);
  }
}
