package io.ppmq.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The stored forms return the stored values, and otherwise only a {@link StoreException}. */
final class StoredFormTest {
  private static final Instant EXPIRES = Instant.ofEpochSecond(-62_135_596_800L, 123_456_789);

  @Test
  void entryOfMessagesReadsAsItWasPacked() {
    Entry.Packer packer = new Entry.Packer(77, 1_700_000_000_000L, 5_000, 1);
    packer.add(1L << 40, Bytes.utf8("\"one\""), null);
    packer.add((1L << 40) + 300, Bytes.EMPTY, EXPIRES);
    packer.add((1L << 40) + 301, Bytes.utf8("x".repeat(100_000)), Instant.MAX);
    Entry entry = Entry.of(packer.pack().toBytes());

    assertThat(entry.isPlace()).isFalse();
    assertThat(entry.count()).isEqualTo(3);
    assertThat(entry.firstId()).isEqualTo(1L << 40);
    assertThat(entry.lastId()).isEqualTo((1L << 40) + 301);
    assertThat(entry.firstOrdinal()).isEqualTo(77);
    assertThat(entry.publishedAtMillis()).isEqualTo(1_700_000_000_000L);
    assertThat(entry.expiresAtMillis()).isEqualTo(5_000);
    Entry.Messages messages = entry.messages();
    assertNext(messages, 1L << 40, 77, Bytes.utf8("\"one\""));
    assertThat(messages.expires()).isNull();
    assertNext(messages, (1L << 40) + 300, 78, Bytes.EMPTY);
    assertThat(messages.expires()).isEqualTo(EXPIRES);
    assertNext(messages, (1L << 40) + 301, 79, Bytes.utf8("x".repeat(100_000)));
    assertThat(messages.expires()).isEqualTo(Instant.MAX);
    assertThat(messages.next()).isFalse();
  }

  @Test
  void placeReadsAsItWasMade() {
    Entry entry = Entry.of(Entry.place(9, 4, 17, Bytes.utf8("key")).toBytes());
    assertThat(entry.isPlace()).isTrue();
    assertThat(entry.key()).isEqualTo(Bytes.utf8("key"));
    assertThat(entry.firstId()).isEqualTo(9);
    assertThat(entry.lastId()).isEqualTo(9);
    assertThat(entry.count()).isEqualTo(1);
    assertThat(entry.firstOrdinal()).isEqualTo(4);
    assertThat(entry.publishedAtMillis()).isEqualTo(17);
    assertThat(entry.expiresAtMillis()).isEqualTo(Entry.NEVER);
  }

  @Test
  void damagedEntryIsAlwaysRefused() {
    Entry.Packer packer = new Entry.Packer(1, 2, 3, 1);
    packer.add(5, Bytes.utf8("\"one\""), EXPIRES);
    packer.add(6, Bytes.utf8("\"two\""), null);
    for (Entry entry : List.of(packer.pack(), Entry.place(9, 4, 17, Bytes.utf8("key")))) {
      eachDamage(
          entry.toBytes(),
          damaged ->
              assertThatThrownBy(() -> Entry.of(damaged)).isInstanceOf(StoreException.class));
    }
  }

  @Test
  void keyedMessageReadsAsItWasWritten() {
    KeyedMessage plain = keyed(null, false);
    assertThat(KeyedMessage.of(plain.key(), plain.toBytes())).isEqualTo(plain);
    KeyedMessage rich =
        keyed(EXPIRES, true).withPlace("süd", new Place(4, 1L << 50)).withPlace("", Place.NONE);
    assertThat(KeyedMessage.of(rich.key(), rich.toBytes())).isEqualTo(rich);
    for (Origin origin : origins()) {
      KeyedMessage noted = keyed(EXPIRES, true, origin).withPlace("s", new Place(4, 9));
      assertThat(KeyedMessage.of(noted.key(), noted.toBytes())).isEqualTo(noted);
    }
  }

  private static List<Origin> origins() {
    Bytes key = Bytes.utf8("schlüssel");
    Origin.Buried inner = new Origin.Buried("süd", "s", key, 1L << 40, 2, EXPIRES, 1, null);
    return List.of(
        inner,
        new Origin.Buried("tote", "nord", null, 0, 0, null, 1, inner),
        new Origin.Requeued(0),
        new Origin.Requeued(1L << 40));
  }

  @Test
  void damagedKeyedMessageIsRefusedOrReadAsAnother() {
    List<KeyedMessage> messages = new ArrayList<>();
    messages.add(keyed(EXPIRES, true).withPlace("s", new Place(4, 9)));
    origins().forEach(origin -> messages.add(keyed(EXPIRES, true, origin)));
    for (KeyedMessage message : messages) {
      eachDamage(
          message.toBytes(),
          damaged -> onlyRefusing(() -> KeyedMessage.of(message.key(), damaged)));
    }
  }

  @Test
  void progressReadsAsItWasWritten() {
    Progress empty = new Progress(new TreeMap<>(), List.of(), List.of());
    assertThat(Progress.of(empty.toBytes())).isEqualTo(empty);
    assertThat(Progress.of(progress().toBytes())).isEqualTo(progress());
  }

  @Test
  void damagedProgressIsRefusedOrReadAsAnother() {
    eachDamage(progress().toBytes(), damaged -> onlyRefusing(() -> Progress.of(damaged)));
  }

  @Test
  void progressThatWasCutOffOrGoesOnIsRefused() {
    byte[] stored = progress().toBytes();
    for (int length = 0; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      assertThatThrownBy(() -> Progress.of(cut)).isInstanceOf(StoreException.class);
    }
    byte[] longer = Arrays.copyOf(stored, stored.length + 1);
    assertThatThrownBy(() -> Progress.of(longer)).isInstanceOf(StoreException.class);
  }

  @Test
  void unknownFormIsRefusedWithItsNumber() {
    byte[] stored = progress().toBytes();
    stored[0] = 4;
    assertThatThrownBy(() -> Progress.of(stored))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("form is 4, this version knows 1 to 3");
  }

  @Test
  void progressWithoutRunsIsStillRead() {
    byte[] form1 = {1, 0, 0, 2, 0, 5, 5, 1, 0, 0, 0, 6, 5, 1, 0, 0};
    assertThat(Progress.of(form1).outstanding())
        .containsExactly(
            new Progress.Unacknowledged(0, 5, 5, 1, 0, null),
            new Progress.Unacknowledged(0, 6, 5, 1, 0, null));
  }

  /** A batch in flight is nearly always one run. */
  @Test
  void outstandingMessagesThatFollowEachOtherTakeTheRoomOfOne() {
    List<Progress.Unacknowledged> run = new ArrayList<>();
    for (int id = 100; id < 150; id++) {
      run.add(new Progress.Unacknowledged(1, id, 90, 0, 0, null));
    }
    List<Progress.Unacknowledged> broken = new ArrayList<>(run);
    broken.set(10, new Progress.Unacknowledged(1, 110, 90, 1, 0, null));
    broken.remove(20);
    Progress progress = new Progress(new TreeMap<>(), List.of(), run);
    assertThat(progress.toBytes().length).isLessThan(16);
    for (List<Progress.Unacknowledged> messages : List.of(run, broken)) {
      Progress saved = new Progress(new TreeMap<>(), List.of(), messages);
      assertThat(Progress.of(saved.toBytes())).isEqualTo(saved);
    }
  }

  @Test
  void nackedMessageIsReadAsItWasWritten() {
    Progress progress = progress();
    List<Progress.Unacknowledged> messages = new ArrayList<>(progress.outstanding());
    for (int id = 20; id < 30; id++) {
      messages.add(nacked(id, null, 1_800_000_030_000L));
    }
    messages.add(nacked(30, null, 1_800_000_040_000L));
    messages.add(nacked(31, Bytes.utf8("k"), 0));
    Progress saved = new Progress(progress.cursors(), progress.absences(), messages);
    assertThat(Progress.of(saved.toBytes())).isEqualTo(saved);
    eachDamage(saved.toBytes(), damaged -> onlyRefusing(() -> Progress.of(damaged)));
  }

  /** So that an older ppMQ can read it. */
  @Test
  void progressWithoutNacksHasTheOldForm() {
    assertThat(progress().toBytes()[0]).isEqualTo((byte) 2);
  }

  private static Progress.Unacknowledged nacked(
      long id, @org.jspecify.annotations.Nullable Bytes key, long untilMillis) {
    return new Progress.Unacknowledged(
        0, id, 18, 2, key == null ? 0 : id, key, new Progress.Nacked(untilMillis, 30_000));
  }

  private static void assertNext(Entry.Messages messages, long id, long ordinal, Bytes payload) {
    assertThat(messages.next()).isTrue();
    assertThat(messages.id()).isEqualTo(id);
    assertThat(messages.ordinal()).isEqualTo(ordinal);
    assertThat(messages.payload()).isEqualTo(payload);
  }

  @Test
  void keyedMessageWithAnAgeReadsAsItWas() {
    for (Origin origin : Arrays.asList(null, new Origin.Requeued(7))) {
      KeyedMessage without = keyed(null, true, origin);
      KeyedMessage aged =
          new KeyedMessage(
              without.key(),
              without.version(),
              without.priority(),
              without.publishedAtMillis(),
              null,
              true,
              without.payload(),
              without.common(),
              without.exceptions(),
              origin,
              1_700_000_005_000L);
      assertThat(KeyedMessage.of(aged.key(), aged.toBytes())).isEqualTo(aged);
      assertThat(aged.expiresAtMillis()).isEqualTo(1_700_000_005_000L);
      assertThat(without.expiresAtMillis()).isEqualTo(Entry.NEVER);
      eachDamage(aged.toBytes(), b -> onlyRefusing(() -> KeyedMessage.of(aged.key(), b)));
    }
  }

  @Test
  void delayedMessageReadsAsItWas() {
    for (Instant expires : Arrays.asList(null, EXPIRES)) {
      DelayedMessage message =
          new DelayedMessage(-5, 1L << 40, 3, 1_700_000_000_000L, expires, Bytes.utf8("[1]"));
      assertThat(DelayedMessage.of(-5, 1L << 40, message.toBytes())).isEqualTo(message);
      eachDamage(message.toBytes(), b -> onlyRefusing(() -> DelayedMessage.of(-5, 1L << 40, b)));
    }
  }

  /** Every truncation and every flipped bit. */
  private static void eachDamage(byte[] stored, Consumer<byte[]> check) {
    for (int length = 0; length < stored.length; length++) {
      check.accept(Arrays.copyOf(stored, length));
    }
    for (int bit = 0; bit < stored.length * 8; bit++) {
      byte[] flipped = stored.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      check.accept(flipped);
    }
  }

  private static void onlyRefusing(Runnable read) {
    try {
      read.run();
    } catch (StoreException refused) {
      assertThat(refused).hasMessageContaining("damaged");
    }
  }

  private static KeyedMessage keyed(
      @org.jspecify.annotations.Nullable Instant expires, boolean may) {
    return keyed(expires, may, null);
  }

  private static KeyedMessage keyed(
      @org.jspecify.annotations.Nullable Instant expires,
      boolean may,
      @org.jspecify.annotations.Nullable Origin origin) {
    return new KeyedMessage(
        Bytes.utf8("k"),
        1L << 45,
        3,
        1_700_000_000_000L,
        expires,
        may,
        Bytes.utf8("{}"),
        new Place(3, 1L << 44),
        new TreeMap<>(),
        origin);
  }

  private static Progress progress() {
    return new Progress(
        new TreeMap<>(
            Map.of(
                0,
                new Progress.Cursor(1L << 40, 5, 6, 7, 8),
                9,
                new Progress.Cursor(1, 1, 0, 0, 2))),
        List.of(new Progress.Absence(3, 9), new Progress.Absence(11, Long.MAX_VALUE)),
        List.of(
            new Progress.Unacknowledged(0, 3, 2, 1, 0, null),
            new Progress.Unacknowledged(9, 4, 4, 200, 8, Bytes.utf8("schlüssel"))));
  }
}
