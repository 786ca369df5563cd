package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Entry;
import io.ppmq.store.Progress;
import io.ppmq.store.RepairReport;
import io.ppmq.store.Retained;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged directory becomes one that opens, with all of its readable content. */
final class RepairTest {
  private static final Map<String, List<String>> TOPICS = Map.of("t", List.of("s"));
  private static final String KEPT = "kept";

  @TempDir Path temporary;

  @Test
  void soundDirectoryIsLeftAsItIs() throws IOException {
    Path directory = written(300);
    RepairReport report = repair(directory);
    assertThat(report.isDamaged()).isFalse();
    assertThat(directory.resolveSibling(KEPT)).doesNotExist();
    assertThat(opened(directory)).isEqualTo(300);
  }

  @Test
  void lostListOfTablesLosesNothing() throws IOException {
    for (String lost : List.of("CURRENT", "MANIFEST-.*", "(CURRENT|MANIFEST-.*|OPTIONS-.*)")) {
      Path directory = written(300);
      for (Path file : files(directory, lost)) {
        Files.delete(file);
      }
      RepairReport report = repair(directory);
      assertThat(report.damages()).isNotEmpty();
      assertThat(report.topics()).hasSize(1);
      assertThat(report.topics().get(0).lostAtMost()).isZero();
      assertThat(opened(directory)).isEqualTo(300);
      assertThat(directory.resolveSibling(KEPT)).isDirectory();
      Directories.deleteAll(directory.resolveSibling(KEPT));
    }
  }

  @Test
  void damagedLogLosesOnlyTheCommitThatIsDamaged() throws IOException {
    Path directory = written(30);
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      for (long n = 31; n <= 60; n++) {
        WrittenStore.commit(store, n);
      }
    }
    Path log = files(directory, ".*\\.log").get(0);
    flip(log, Files.size(log) / 2);
    assertThatThrownBy(() -> opened(directory)).isInstanceOf(StoreException.class);
    RepairReport report = repair(directory);
    assertThat(report.damages()).anyMatch(d -> d.startsWith(log.getFileName() + " is damaged"));
    assertThat(ids(directory)).hasSize(39).contains(60L);
  }

  @Test
  void changesThatTheLogLacksAreCounted() throws IOException {
    Path directory = written(30);
    Path log;
    long from;
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      WrittenStore.commit(store, 31);
      log = files(directory, ".*\\.log").get(0);
      from = Files.size(log);
      store.topic("t").append(0, WrittenStore.entry(32));
      store.commit();
      store.topic("t").append(0, WrittenStore.entry(33));
      store.commit();
    }
    flip(log, from + 50);
    assertThat(Repair.inspect(directory, step -> {}).damages())
        .contains(log.getFileName() + " lacks 1 change, in it or before it");
  }

  @Test
  void unreadableProgressMeansEverythingAgain() throws IOException {
    Path directory = written(30);
    for (Path log : files(directory, ".*\\.log")) {
      Files.write(log, new byte[0]);
    }
    Files.delete(directory.resolve("ppmq.synced"));
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      assertThat(store.topic("t").progress()).isNotNull();
    }
    Path table = firstTableOf(directory, 0);
    Files.delete(table);
    RepairReport report = repair(directory);
    assertThat(report.damages()).anyMatch(d -> d.contains(table.getFileName().toString()));
    RepairReport.Topic topic = report.topics().get(0);
    assertThat(topic.name()).isEqualTo("t");
    assertThat(topic.queues()).hasSize(1);
    assertThat(topic.queues().get(0).progressKept()).isFalse();
    assertThat(topic.queues().get(0).waiting()).isEqualTo(ids(directory).size());
  }

  @Test
  void topicsThatLostTheirNamesWaitForEachSubscriber() throws IOException {
    Path directory = temporary.resolve("data");
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      store.topic("t").append(0, WrittenStore.entry(1));
      store.topic("u").append(0, WrittenStore.entry(2));
      store.commit();
    }
    RocksStore.open(directory, 1, warning -> {}).close(); // so that nothing is only in a log
    for (Path log : files(directory, ".*\\.log")) {
      Files.write(log, new byte[0]);
    }
    Files.delete(directory.resolve("ppmq.synced"));
    Files.delete(firstTableOf(directory, 0));
    Map<String, List<String>> topics = Map.of("t", List.of("s"), "u", List.of("s", "r"));
    RepairReport report = Repair.repair(directory, KEPT, topics, 1, doing -> {});
    assertThat(report.damages())
        .contains(
            "the name of topic number 2 is lost: it is taken to be unnamed-2, and kept until the"
                + " configuration has that topic, or it is purged");
    assertThat(report.topics()).extracting(RepairReport.Topic::name).contains("unnamed-2");
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      assertThat(store.topic("unnamed-2").progress()).containsOnlyKeys("r", "s");
    }
  }

  @Test
  void everyKindOfStateOutlivesARepair() throws Exception {
    Path directory = written(60);
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      store.reserveIds(1000);
      store.mark("a pause");
      store.topic("t").saveRetained(new Retained(7, 7));
      store.topic("t").append(0, WrittenStore.entry(61));
      store.topic("t").delayed().add(new DelayedMessage(5, 62, 0, 1, null, Bytes.utf8("1")));
      byte[] applied = new Applied(1, 2, 3, 4).toBytes();
      store.change((engine, changes) -> changes.put(engine.state(), Keys.APPLIED_KEY, applied));
      store.commit();
    }
    Files.delete(directory.resolve("CURRENT"));
    repair(directory);
    SortedMap<String, byte[]> before = state(directory.resolveSibling(KEPT));
    SortedMap<String, byte[]> after = state(directory);
    assertThat(before.keySet().stream().map(key -> key.substring(0, key.indexOf(' '))))
        .as("the kinds that this test knows how to write")
        .containsAll(Stream.of(StateKey.values()).map(StateKey::name).toList());
    before.keySet().removeIf(key -> key.startsWith("APPLIED")); // it is no longer an exact copy
    assertThat(after.keySet()).isEqualTo(before.keySet());
    before.keySet().removeIf(key -> key.startsWith("PROGRESS") || key.startsWith("RETAINED"));
    before.forEach((key, value) -> assertThat(after.get(key)).as(key).isEqualTo(value));
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      assertThat(store.marks()).containsExactly("a pause");
      assertThat(store.firstFreeId()).isEqualTo(1000);
      assertThat(store.topic("t").retained())
          .as("counted again: what the subscriber has not got")
          .isEqualTo(new Retained(3, 607));
    }
  }

  @Test
  void whatIsOutstandingIsRetained() throws IOException {
    Path directory = temporary.resolve("data");
    TreeMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    cursors.put(0, new Progress.Cursor(4, 4, 3, 0, 5));
    Progress progress =
        new Progress(
            cursors,
            List.of(new Progress.Absence(5, 6)),
            List.of(new Progress.Unacknowledged(0, 2, 2, 3, 0, null)));
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      for (long id = 1; id <= 5; id++) {
        store.topic("t").append(0, WrittenStore.entry(id));
      }
      store.topic("t").save("s", progress);
      store.topic("t").saveRetained(new Retained(2, 604));
      store.commit();
    }
    Files.delete(directory.resolve("CURRENT"));
    repair(directory);
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      assertThat(store.topic("t").retained()).isEqualTo(new Retained(2, 604));
      Progress kept = store.topic("t").progress().get("s");
      assertThat(kept.absences()).isEqualTo(progress.absences());
      assertThat(kept.outstanding()).isEqualTo(progress.outstanding());
    }
  }

  /** The state by the kind and the letters of its key. */
  private static SortedMap<String, byte[]> state(Path directory) throws Exception {
    SortedMap<String, byte[]> state = new TreeMap<>();
    Path copy = directory.resolveSibling("read");
    Directories.deleteAll(copy);
    WrittenStore.copy(directory, copy);
    if (!Files.exists(copy.resolve("CURRENT"))) {
      Path manifest = files(copy, "MANIFEST-.*").get(0);
      Files.writeString(copy.resolve("CURRENT"), manifest.getFileName() + "\n");
    }
    try (Engine engine = Engine.openToRead(copy);
        Scan scan = engine.scan(engine.state(), new byte[] {0}, new byte[] {(byte) 0xFF})) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        String letters = HexFormat.of().formatHex(scan.key());
        state.put(StateKey.of(scan.key()) + " " + letters, scan.value());
      }
    }
    return state;
  }

  @Test
  void damagedDirectoryIsKeptAsItWas() throws IOException {
    Path directory = written(300);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
    Files.delete(directory.resolve("CURRENT"));
    List<String> before = names(directory);
    repair(directory);
    assertThat(names(directory.resolveSibling(KEPT))).isEqualTo(before);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwxr-x---");
    assertThat(directory.resolveSibling("data.repairing")).doesNotExist();
  }

  @Test
  void directoryThatIsInUseIsRefused() throws IOException {
    Path directory = written(3);
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      assertThatThrownBy(() -> repair(directory))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is already open");
      assertThat(store.firstFreeId()).isEqualTo(1);
    }
  }

  @Test
  void directoryOfWhichNothingCanBeReadIsRefusedAndLeftAsItIs() throws IOException {
    Path directory = written(30);
    for (Path file : files(directory, ".*\\.(sst|log)")) {
      Files.write(file, new byte[100]);
    }
    List<String> before = names(directory);
    assertThatThrownBy(() -> repair(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("nothing in " + directory);
    assertThat(names(directory)).isEqualTo(before);
    assertThat(directory.resolveSibling("data.repairing")).doesNotExist();
  }

  @Test
  void repairThatWasInterruptedIsNoNewDirectory() throws IOException {
    Path directory = written(30);
    Path work = Files.createDirectory(directory.resolveSibling("data.repairing"));
    Files.move(directory, work.resolve("new"));
    assertThatThrownBy(() -> opened(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("run 'ppmq repair' again");
    repair(directory);
    assertThat(opened(directory)).isEqualTo(30);
  }

  private RepairReport repair(Path directory) {
    return Repair.repair(directory, KEPT, TOPICS, 1, doing -> {});
  }

  /** A closed store of this many commits, most of them in tables. */
  private Path written(long commits) throws IOException {
    Path directory = temporary.resolve("data");
    Directories.deleteAll(directory);
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      for (long n = 1; n <= commits / 2; n++) {
        WrittenStore.commit(store, n);
      }
    }
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      for (long n = commits / 2 + 1; n <= commits; n++) {
        WrittenStore.commit(store, n);
      }
    }
    return directory;
  }

  /** The number of commits in the store; no topic owns its keyed messages, which may be gone. */
  private static long opened(Path directory) {
    List<String> warnings = new ArrayList<>();
    long commits;
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      assertThat(warnings).isEmpty();
      commits = store.topic("t").progress().get("s").cursors().get(0).nextId();
    }
    long first = Math.max(1, commits - WrittenStore.BACKLOG + 1);
    assertThat(ids(directory))
        .containsExactlyElementsOf(LongStream.rangeClosed(first, commits).boxed().toList());
    return commits;
  }

  private static List<Long> ids(Path directory) {
    try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
      return store.topic("t").read(0, 0, 100_000, Long.MAX_VALUE).stream()
          .map(Entry::firstId)
          .toList();
    }
  }

  private static Path firstTableOf(Path directory, int family) throws IOException {
    return files(directory, ".*\\.sst").stream()
        .filter(file -> StoredTable.read(file, -1).family() == family)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> names(Path directory) throws IOException {
    return files(directory, ".*").stream()
        .map(file -> file.getFileName().toString())
        .sorted()
        .toList();
  }

  private static List<Path> files(Path directory, String names) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(names)).sorted().toList();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      int old = access.read();
      access.seek(at);
      access.write(old ^ 0x10);
    }
  }
}
