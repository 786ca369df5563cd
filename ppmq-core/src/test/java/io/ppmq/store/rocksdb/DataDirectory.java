package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The data directory that is kept with the tests, one for each released format: its content, and
 * the program that wrote it.
 */
final class DataDirectory {
  private static final long FIRST_ID = 1_700_000_000_000L;
  private static final long IDS = FIRST_ID + 1_000;
  private static final Instant EXPIRES = Instant.parse("2100-01-01T00:00:00.5Z");
  private static final Bytes KEY = Bytes.utf8("schlüssel");

  private DataDirectory() {}

  /** Writes the directory named by the first argument. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (RocksStore store = RocksStore.open(directory, FIRST_ID, DataDirectory::unexpected)) {
      write(store);
    }
    try (RocksStore store = RocksStore.open(directory, 1, DataDirectory::unexpected)) {
      writeMore(store);
    }
    for (String name : List.of("LOG", "LOCK", "ppmq.lock")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    try (var files = Files.newDirectoryStream(directory, "{LOG.old.*,OPTIONS-*}")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  private static void unexpected(String warning) {
    throw new AssertionError(warning);
  }

  /** The content of the tables. */
  private static void write(Store store) {
    store.reserveIds(IDS);
    TopicStore topic = store.topic("orders");
    for (long id = FIRST_ID; id < FIRST_ID + 10; id++) {
      topic.append(2, entry(id));
    }
    topic.drop(2, 0, FIRST_ID + 5);
    topic.append(0, expiring(FIRST_ID + 10));
    topic.save("billing", progress());
    store.commit();
  }

  /** The content of the log. */
  private static void writeMore(Store store) {
    TopicStore topic = store.topic("prices");
    topic.keep(null, keyed());
    topic.append(1, Entry.place(FIRST_ID + 11, 0, FIRST_ID, KEY));
    store.commit();
  }

  /** Asserts that the store holds the written content. */
  static void check(Store store) {
    assertThat(store.firstFreeId()).isEqualTo(IDS);
    assertThat(store.nonce()).matches("[a-z0-9]{8}");
    TopicStore orders = store.topic("orders");
    assertThat(orders.priorities()).containsExactly(0, 2);
    assertThat(orders.read(2, 0, 100, Long.MAX_VALUE))
        .extracting(Entry::toBytes)
        .containsExactly(
            entry(FIRST_ID + 5).toBytes(),
            entry(FIRST_ID + 6).toBytes(),
            entry(FIRST_ID + 7).toBytes(),
            entry(FIRST_ID + 8).toBytes(),
            entry(FIRST_ID + 9).toBytes());
    assertThat(orders.progress()).isEqualTo(Map.of("billing", progress()));
    assertThat(store.topic("prices").find(KEY)).isEqualTo(keyed());
    assertThat(store.topic("prices").read(1, 0, 9, 9).get(0).key()).isEqualTo(KEY);
    assertThat(store.expiring(Long.MAX_VALUE - 1, 9))
        .containsExactlyInAnyOrder(
            new Expiring("orders", EXPIRES.toEpochMilli(), 0, FIRST_ID + 10, null),
            new Expiring("prices", EXPIRES.toEpochMilli(), 0, 0, KEY));
  }

  private static Entry entry(long id) {
    Entry.Packer packer = new Entry.Packer(id - FIRST_ID, FIRST_ID, Entry.NEVER, 64);
    packer.add(id, Bytes.utf8("{\"order\":" + id + "}"), null);
    return packer.pack();
  }

  private static Entry expiring(long id) {
    Entry.Packer packer = new Entry.Packer(0, FIRST_ID, EXPIRES.toEpochMilli(), 64);
    packer.add(id, Bytes.utf8("\"soon\""), EXPIRES);
    return packer.pack();
  }

  private static KeyedMessage keyed() {
    Place place = new Place(1, FIRST_ID + 11);
    Bytes payload = Bytes.utf8("{\"price\":7}");
    return new KeyedMessage(
            KEY, FIRST_ID + 11, 1, FIRST_ID, EXPIRES, true, payload, place, new TreeMap<>())
        .withPlace("late", Place.NONE);
  }

  private static Progress progress() {
    TreeMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    cursors.put(2, new Progress.Cursor(FIRST_ID + 7, FIRST_ID + 7, 7, 0, 9));
    return new Progress(
        cursors,
        List.of(new Progress.Absence(FIRST_ID, FIRST_ID + 2)),
        List.of(new Progress.Unacknowledged(2, FIRST_ID + 6, FIRST_ID + 6, 3, 0, null)));
  }
}
