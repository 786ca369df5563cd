package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Store;
import io.ppmq.store.StoreContract;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class RocksStoreTest extends StoreContract {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  /** The files and threads that the JVM may open meanwhile; a leak is one for each of 20 tries. */
  private static final int OF_THE_JVM = 4;

  @TempDir Path directory;
  private final List<String> warnings = new ArrayList<>();
  private int stores;

  @Override
  protected Store open() {
    return RocksStore.open(directory.resolve("store" + stores++), FIRST_ID, warnings::add);
  }

  @AfterEach
  void noWarningWasGiven() {
    assertThat(warnings).isEmpty();
  }

  @Test
  void whatWasCommittedIsThereAfterReopening() {
    KeyedMessage message = keyed("k", 3, null).withPlace("s", Place.NONE);
    store.topic("news").append(0, entry(1));
    store.topic("news").append(0, expiringEntry(2, 50));
    store.topic("news").keep(null, message);
    store.topic("news").save("s", progress(4));
    store.commit();
    store.topic("news").append(0, entry(5));
    reopen();
    assertThat(ids(store.topic("news"), 0)).containsExactly(1L, 2L);
    assertThat(store.topic("news").find(message.key())).isEqualTo(message);
    assertThat(store.topic("news").progress()).containsOnly(Map.entry("s", progress(4)));
    assertThat(store.nextExpiryMillis()).isEqualTo(50);
    assertThat(store.expiring(60, 5)).containsExactly(new Expiring("news", 50, 0, 2, null));
    assertThat(store.isDirty()).isFalse();
  }

  @Test
  void bytesOnTheDiskAreAboutThoseFromThereOn() {
    RocksStore rocks = (RocksStore) store;
    TopicStore news = store.topic("news");
    for (long id = 1; id <= 400; id++) {
      news.append(0, large(id));
      if (id % 50 == 0) {
        store.commit();
      }
    }
    news.append(1, large(401));
    store.commit();
    rocks.use(
        engine -> {
          new Reclaim(directory, new FreeSpace(directory, 0)).flush(engine);
          return true;
        });
    long all = news.diskBytes(0, 1);
    assertThat(all).isBetween(300L * LARGE_BYTES, 500L * LARGE_BYTES);
    assertThat(news.diskBytes(0, 201)).isBetween(all / 3, all * 2 / 3);
    assertThat(news.diskBytes(0, 401)).isLessThan(all / 10);
    assertThat(news.diskBytes(2, 0)).isZero();
    assertThat(store.diskCapacityBytes()).isGreaterThan(all);
  }

  @Test
  void commitCostsTheSameHoweverManyTopicsItLeavesAlone() {
    long few = nanosOfCommits(20);
    long many = nanosOfCommits(20_000);
    assertThat(many).as("beside %,d ns with few topics", few).isLessThan(few * 5);
  }

  /** The shortest time of many rounds of commits to one of this number of topics. */
  private long nanosOfCommits(int topics) {
    for (int i = 0; i < topics; i++) {
      TopicStore topic = store.topic("topic" + i);
      topic.append(0, entry(1));
      topic.keep(null, keyed("k", 1, null));
    }
    store.commit();
    TopicStore one = store.topic("topic0");
    long shortest = Long.MAX_VALUE;
    long id = topics;
    for (int round = 0; round < 40; round++) {
      long began = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        one.append(0, entry(id++));
        store.commit();
      }
      shortest = Math.min(shortest, System.nanoTime() - began);
    }
    return shortest;
  }

  private static final int LARGE_BYTES = 10_000;

  private static Entry large(long id) {
    return large(id, LARGE_BYTES);
  }

  /** Random letters, so that they are not compressed. */
  static Entry large(long id, int bytes) {
    byte[] payload = new byte[bytes];
    new Random(id).nextBytes(payload);
    Entry.Packer packer = new Entry.Packer(id, 1, Entry.NEVER, bytes + 100);
    packer.add(id, new Bytes(payload, 0, bytes), null);
    return packer.pack();
  }

  @Test
  void minFreeDiskCanChangeWhileTheStoreIsOpen() {
    RocksStore rocks = (RocksStore) store;
    assertThat(store.shortage(1)).isNull();
    rocks.leaveFree(1L << 60, warnings::add);
    assertThat(store.shortage(1)).contains("below MinFreeDisk, which is " + (1L << 60));
    assertThat(warnings).hasSize(1);
    warnings.clear();
    rocks.leaveFree(1, warnings::add); // and the smallest possible memtables
    assertThat(store.shortage(1)).isNull();
    store.topic("news").append(0, entry(1));
    store.commit();
    rocks.leaveFree(0, warnings::add);
    reopen();
    assertThat(ids(store.topic("news"), 0)).containsExactly(1L);
  }

  @Test
  void whatWasDroppedStaysDroppedAfterReopening() {
    for (long id = 1; id <= 9; id++) {
      store.topic("news").append(0, entry(id));
    }
    store.topic("news").drop(0, 0, 4);
    store.topic("news").drop(0, 6, 8);
    store.commit();
    reopen();
    assertThat(ids(store.topic("news"), 0)).containsExactly(4L, 5L, 8L, 9L);
    store.topic("news").drop(0, 0, Long.MAX_VALUE);
    store.commit();
    reopen();
    assertThat(store.topic("news").priorities()).isEmpty();
    store.topic("news").append(0, entry(10));
    store.commit();
    assertThat(ids(store.topic("news"), 0)).containsExactly(10L);
  }

  @Test
  void expiringEntriesAreTakenOffTheListWhenDroppedAfterReopening() {
    store.topic("news").append(0, expiringEntry(2, 50));
    store.topic("news").append(0, expiringEntry(3, 60));
    store.commit();
    reopen();
    store.topic("news").drop(0, 0, 3);
    store.commit();
    reopen();
    assertThat(store.expiring(100, 5)).extracting(Expiring::atMillis).containsExactly(60L);
  }

  @Test
  void nonceAndReservedIdsStayForAsLongAsTheStoreExists() {
    String nonce = store.nonce();
    reopen();
    assertThat(store.firstFreeId()).isEqualTo(FIRST_ID);
    store.reserveIds(FIRST_ID + 9);
    reopen();
    assertThat(store.firstFreeId()).isEqualTo(FIRST_ID + 9);
    assertThat(store.nonce()).isEqualTo(nonce);
  }

  @Test
  void directoryIsMadeForItsOwnerAlone() throws IOException {
    Path made = directory.resolve("a/b/c");
    RocksStore.open(made, 1, warnings::add).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
  }

  @Test
  void fileInThePlaceOfTheDirectoryIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> RocksStore.open(file, 1, warnings::add))
        .isInstanceOf(StoreException.class)
        .hasMessage("DataPath " + file + " is not a directory");
    Path below = file.resolve("below");
    assertThatThrownBy(() -> RocksStore.open(below, 1, warnings::add))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("DataPath " + below + " ")
        .hasMessageNotContaining("Exception");
  }

  @Test
  void directoryThatIsOpenInThisProcessIsRefusedAndUnharmed() {
    Path open = directory.resolve("store0");
    assertThatThrownBy(() -> RocksStore.open(open, 1, warnings::add))
        .isInstanceOf(StoreException.class)
        .hasMessage("DataPath " + open + " is already open in this process");
    store.topic("news").append(0, entry(1));
    store.commit();
    reopen();
    assertThat(ids(store.topic("news"), 0)).containsExactly(1L);
  }

  @Test
  void whatIsQueuedAndDrainedGivesTheDiskBack() {
    String payload = "\"" + HexFormat.of().formatHex(random(40_000)) + "\"";
    for (long id = 1; id <= 800; id++) {
      store.topic("news").append(0, entry(id, payload));
      store.commit();
    }
    assertThat(store.diskBytes()).isGreaterThan(40_000_000);
    for (long id = 1; id <= 800; id += 5) {
      store.topic("news").drop(0, 0, id + 5);
      store.commit();
    }
    // A log below 4 MiB is not worth a flush; 1 MiB is the reserve.
    reclaimDownTo(7_000_000);
  }

  /**
   * Otherwise a loss of power would undo the drop and the rest of its commit, but not the deletion.
   */
  @Test
  void tablesAreDeletedOnlyWhenTheDropIsOnTheDisk() throws IOException {
    for (long id = 1; id <= 400; id++) {
      store.topic("news").append(0, large(id));
      store.commit();
    }
    reopen(); // with everything in tables
    store.topic("news").drop(0, 0, 401);
    store.commit();
    long before = store.diskBytes();
    Path synced = directory.resolve("store0/ppmq.synced");
    byte[] unsynced = Files.readAllBytes(synced);
    reclaimDownTo(before / 2);
    assertThat(Files.readAllBytes(synced)).isNotEqualTo(unsynced);
  }

  /** As when the broker ends while another thread makes a backup. */
  @Test
  void interruptedThreadClosesNothingThatOthersNeed() {
    store.topic("news").append(0, large(1));
    store.commit();
    Thread.currentThread().interrupt();
    try {
      store.sync();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    store.topic("news").append(0, large(2));
    store.commit();
    store.sync();
    reopen();
  }

  @Test
  void directoryStaysSmallWhileTheConsumerKeepsUp() {
    String payload = "\"" + HexFormat.of().formatHex(random(40_000)) + "\"";
    for (long id = 1; id <= 1_600; id++) {
      store.topic("news").append(0, entry(id, payload));
      store.topic("news").drop(0, 0, id);
      store.commit();
      if (id % 100 == 0) {
        store.reclaim();
        assertThat(store.diskBytes()).isLessThan(50_000_000);
      }
    }
  }

  @Test
  void forgottenAndReplacedMessagesGiveTheDiskBack() {
    TopicStore topic = store.topic("news");
    Bytes payload = Bytes.utf8(HexFormat.of().formatHex(random(20_000)));
    for (long id = 1; id <= 1_000; id++) {
      Bytes key = Bytes.utf8("k" + id % 600);
      topic.keep(topic.find(key), large(key, id, payload));
      store.commit();
    }
    assertThat(store.diskBytes()).isGreaterThan(20_000_000);
    for (long k = 0; k < 600; k++) {
      KeyedMessage message = topic.find(Bytes.utf8("k" + k));
      assertThat(message).isNotNull();
      topic.forget(message);
    }
    store.commit();
    reclaimDownTo(2_000_000);
  }

  @Test
  void openingAndClosingLeaksNeitherFilesNorThreads() throws IOException {
    reopen();
    store.close();
    long files = count("/proc/self/fd");
    long threads = count("/proc/self/task");
    for (int i = 0; i < 50; i++) {
      reopen();
      store.topic("news").append(0, entry(i + 1));
      store.commit();
      store.close();
    }
    assertThat(count("/proc/self/fd")).isLessThanOrEqualTo(files + OF_THE_JVM);
    assertThat(count("/proc/self/task")).isLessThanOrEqualTo(threads + OF_THE_JVM);
    reopen();
    assertThat(ids(store.topic("news"), 0)).hasSize(50);
  }

  @Test
  void refusedOpeningLeaksNoFilesAndLeavesTheDirectoryFree() throws IOException {
    Path broken = directory.resolve("store0");
    store.close();
    byte[] current = Files.readAllBytes(broken.resolve("CURRENT"));
    Files.write(broken.resolve("CURRENT"), new byte[] {1});
    long files = count("/proc/self/fd");
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> RocksStore.open(broken, 1, warnings::add))
          .isInstanceOf(StoreException.class);
    }
    assertThat(count("/proc/self/fd")).isLessThanOrEqualTo(files + OF_THE_JVM);
    Files.write(broken.resolve("CURRENT"), current);
    reopen();
  }

  @Test
  @Timeout(120)
  void callsFromOtherThreadsEndInAnErrorWhenTheStoreIsClosedUnderThem() throws Exception {
    for (int round = 0; round < 50; round++) {
      CountDownLatch underWay = new CountDownLatch(3);
      Store closing = store;
      List<Future<?>> calls = new ArrayList<>();
      ExecutorService threads = Executors.newFixedThreadPool(3);
      for (Runnable call : List.<Runnable>of(closing::sync, closing::reclaim, closing::diskBytes)) {
        calls.add(threads.submit(() -> callUntilClosed(call, underWay)));
      }
      for (long id = 1; id <= 300 || underWay.getCount() > 0; id++) {
        store.topic("news").append(0, entry(round * 1_000_000L + id));
        store.topic("news").drop(0, 0, round * 1_000_000L + id - 3);
        store.commit();
      }
      reopen();
      threads.shutdownNow();
      for (Future<?> call : calls) {
        // A sync may also find the files of a store that was opened meanwhile.
        assertThatThrownBy(call::get)
            .cause()
            .isInstanceOfAny(IllegalStateException.class, StoreException.class);
      }
    }
  }

  @Test
  void directoryOfThisFormatOpensForEver() throws IOException {
    Path kept = Path.of("src/test/resources/datadir-1");
    Path copy = WrittenStore.copy(kept, directory.resolve("kept"));
    try (RocksStore old = RocksStore.open(copy, 1, warnings::add)) {
      DataDirectory.check(old);
    }
  }

  private static void callUntilClosed(Runnable call, CountDownLatch underWay) {
    while (true) {
      call.run();
      underWay.countDown();
      Thread.onSpinWait();
    }
  }

  private void reopen() {
    store.close();
    store = RocksStore.open(directory.resolve("store0"), 1, warnings::add);
  }

  /** Several passes: a pass does little while RocksDB itself is busy with the tables. */
  private void reclaimDownTo(long bytes) {
    long start = System.nanoTime();
    while (store.diskBytes() >= bytes) {
      store.reclaim();
      assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(PATIENCE_NANOS);
    }
  }

  private static KeyedMessage large(Bytes key, long version, Bytes payload) {
    Place place = new Place(0, version);
    return new KeyedMessage(key, version, 0, 1, null, false, payload, place, new TreeMap<>());
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static long count(String directory) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(directory))) {
      return entries.count();
    }
  }
}
