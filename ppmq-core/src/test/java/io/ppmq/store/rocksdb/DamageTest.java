package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Damage is found when the store is opened, and only a torn end is dropped. */
final class DamageTest {
  @TempDir Path temporary;
  private final List<String> warnings = new ArrayList<>();
  private int copies;

  @Test
  void tornEndLosesOnlyTheCommitsThatItTears() throws IOException {
    Path original = written(3);
    long size = Files.size(lastLog(original));
    long three = opened(copy(original));
    assertThat(three).isEqualTo(3);
    long before = 3;
    for (long length = size - 1; length >= 0; length -= length > size - 20 ? 1 : 61) {
      Path copy = copy(original);
      truncate(lastLog(copy), length);
      pretendNothingWasSynced(copy);
      long commits = opened(copy);
      assertThat(commits).isLessThanOrEqualTo(before).isLessThan(3);
      before = commits;
    }
    assertThat(before).isZero();
  }

  /** The effect of zeros, junk and a cut on a log that was completely synced. */
  @Test
  void logThatLacksWhatWasSyncedKeepsTheStoreShutUntilItIsRepaired() throws IOException {
    Path original = written(60);
    long size = Files.size(lastLog(original));
    Random random = new Random(11);
    for (String how : List.of("zeros", "junk", "cut")) {
      for (long from : List.of(0L, 1L, 700L, size / 2, size - 700, size - 1)) {
        Path copy = copy(original);
        byte[] junk = new byte[(int) (size - from)];
        if (how.equals("junk")) {
          random.nextBytes(junk);
        }
        if (how.equals("cut")) {
          truncate(lastLog(copy), from);
        } else {
          overwrite(lastLog(copy), from, junk);
        }
        if (Files.mismatch(lastLog(copy), lastLog(original)) < 0) {
          continue; // the last byte was already zero
        }
        String log = String.valueOf(lastLog(copy).getFileName());
        List<String> damages = Repair.inspect(copy, doing -> {}).damages();
        for (int start = 0; start < 2; start++) {
          assertThatThrownBy(() -> opened(copy))
              .as("%s from %d", how, from)
              .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isDamage()).isTrue())
              .hasMessageContaining(log)
              .hasMessageContaining("ppmq repair");
        }
        assertThat(damages).as("%s from %d", how, from).anyMatch(d -> d.contains(log));
        if (from > 1) { // otherwise there is nothing left to salvage
          Repair.repair(copy, "kept" + copies++, Map.of("t", List.of("s")), 1, doing -> {});
          assertThat(entries(copy)).isPositive();
          assertThat(Repair.inspect(copy, doing -> {}).isDamaged()).isFalse();
        }
      }
    }
  }

  private static void overwrite(Path file, long from, byte[] bytes) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(from);
      access.write(bytes);
    }
  }

  @Test
  void warningNamesTheFileAndTheBytesThatWereDropped() throws IOException {
    Path copy = written(3);
    Path log = lastLog(copy);
    append(log, new byte[] {1, 2, 3, 4, 5});
    assertThat(opened(copy)).isEqualTo(3);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains(copy.toString(), log.getFileName() + " ", " 5 bytes");
    warnings.clear();
    assertThat(opened(copy)).isEqualTo(3);
    assertThat(warnings).isEmpty();
  }

  @Test
  void garbageAtTheEndIsDropped() throws IOException {
    Path original = written(20);
    Random random = new Random(7);
    for (int length : new int[] {1, 6, 7, 8, 100, 4096, 32_768, 100_000}) {
      warnings.clear();
      Path copy = copy(original);
      byte[] garbage = new byte[length];
      random.nextBytes(garbage);
      append(lastLog(copy), garbage);
      assertThat(opened(copy)).isEqualTo(20);
      assertThat(warnings).hasSize(1);
    }
  }

  @Test
  void zerosAtTheEndAreDropped() throws IOException {
    Path original = written(20);
    for (int length : new int[] {1, 7, 100, 32_768, 100_000}) {
      warnings.clear();
      Path copy = copy(original);
      append(lastLog(copy), new byte[length]);
      assertThat(opened(copy)).isEqualTo(20);
      assertThat(warnings).hasSize(1);
    }
  }

  @Test
  void everyFlippedByteBeforeTheLastCommitKeepsTheStoreShut() throws IOException {
    Path original = written(200);
    Path log = lastLog(original);
    byte[] bytes = Files.readAllBytes(log);
    int lastCommit = 600;
    assertThat(bytes.length).isGreaterThan(2 * 32_768);
    for (int at = 0; at < bytes.length - lastCommit; at += 991) {
      Path copy = copy(original);
      flip(copy.resolve(log.getFileName()), at);
      byte[] flipped = Files.readAllBytes(lastLog(copy));
      assertThatThrownBy(() -> opened(copy))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(copy + ": " + log.getFileName() + " is damaged at byte ");
      assertThat(Files.readAllBytes(lastLog(copy))).isEqualTo(flipped);
    }
  }

  @Test
  void zeroedBlockKeepsTheStoreShut() throws IOException {
    Path copy = written(200);
    try (RandomAccessFile log = new RandomAccessFile(lastLog(copy).toFile(), "rw")) {
      log.seek(32_768);
      log.write(new byte[32_768]);
    }
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is damaged at byte 32768");
  }

  @Test
  void tornEndOfALogThatIsNotTheLastKeepsTheStoreShut() throws IOException {
    Path copy = writtenInManyLogs();
    List<Path> logs = WalCheck.logs(copy);
    assertThat(logs).hasSizeGreaterThan(1);
    truncate(logs.get(0), Files.size(logs.get(0)) - 1);
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(logs.get(0).getFileName() + " is damaged at byte ");
  }

  @Test
  void logThatIsMissingKeepsTheStoreShutUntilItIsRepaired() throws IOException {
    Path copy = written(3);
    Files.delete(lastLog(copy));
    assertShutUntilRepaired(copy, 0);
  }

  @Test
  void logThatIsMissingBesideTablesKeepsTheStoreShutUntilItIsRepaired() throws IOException {
    Path copy = writtenWithTables();
    Files.delete(lastLog(copy));
    assertShutUntilRepaired(copy, 50);
  }

  @Test
  void storeOfWhichOnlyTheNotesAreLeftIsNoNewOne() throws IOException {
    Path copy = written(3);
    for (Path file : files(copy, "(?!ppmq).*")) {
      Files.delete(file);
    }
    assertShutUntilRepaired(copy, 0);
  }

  /** A refused start changes nothing, so that the next start is refused too. */
  private void assertShutUntilRepaired(Path directory, long commitsLeft) throws IOException {
    List<Path> before = files(directory, "(?!LOG).*");
    for (int start = 0; start < 2; start++) {
      assertThatThrownBy(() -> opened(directory))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("no .log file")
          .hasMessageContaining("ppmq repair");
      assertThat(files(directory, "(?!LOG).*")).containsExactlyInAnyOrderElementsOf(before);
    }
    assertThat(Repair.inspect(directory, doing -> {}).damages())
        .anyMatch(damage -> damage.matches("there is no .log file: .* up to \\d+ are missing"));
    String kept = "kept" + copies++;
    Map<String, List<String>> topics = Map.of("t", List.of("s"));
    assertThat(Repair.repair(directory, kept, topics, 1, doing -> {}).isDamaged()).isTrue();
    assertThat(entries(directory)).isEqualTo(Math.min(commitsLeft, WrittenStore.BACKLOG));
    assertThat(Repair.inspect(directory, doing -> {}).isDamaged()).isFalse();
  }

  @Test
  void logThatIsMissingBetweenOthersKeepsTheStoreShut() throws IOException {
    Path copy = writtenInManyLogs();
    List<Path> logs = WalCheck.logs(copy);
    assertThat(logs).hasSizeGreaterThan(2);
    Files.delete(logs.get(1));
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(logs.get(2).getFileName() + " is damaged at byte 0");
  }

  @Test
  void whatWasNotSyncedMayReachTheDiskInPiecesWhenThePowerGoes() throws IOException {
    Path copy = written(100);
    pretendPowerWentAfter(copy, 20);
    flip(lastLog(copy), (int) Files.size(lastLog(copy)) / 2);
    long commits = opened(copy);
    assertThat(commits).isBetween(20L, 80L);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("ends in an incomplete commit");
  }

  @Test
  void whatWasSyncedMayNotGoMissingWhenThePowerGoes() throws IOException {
    Path copy = written(100);
    pretendPowerWentAfter(copy, 100_000);
    flip(lastLog(copy), (int) Files.size(lastLog(copy)) / 2);
    assertThatThrownBy(() -> opened(copy)).isInstanceOf(StoreException.class);
  }

  @Test
  void beginningOfAnUnsyncedLogMayBeTornWhenThePowerGoes() throws Exception {
    Path copy = writtenWithTables();
    pretendPowerWentAfter(copy, changesInTables(copy));
    flip(lastLog(copy), 0);
    assertThat(opened(copy)).isEqualTo(50);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("ends in an incomplete commit");
  }

  @Test
  void beginningOfASyncedLogMayNotBeTornWhenThePowerGoes() throws Exception {
    Path copy = writtenWithTables();
    pretendPowerWentAfter(copy, changesInTables(copy) + 1);
    flip(lastLog(copy), 0);
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is damaged at byte 0");
  }

  @Test
  void unreadableNoteOfWhatWasSyncedIsNoObstacle() throws IOException {
    Path copy = written(3);
    Files.write(copy.resolve("ppmq.synced"), new byte[] {1, 2, 3});
    assertThat(opened(copy)).isEqualTo(3);
    Files.delete(copy.resolve("ppmq.synced"));
    assertThat(opened(copy)).isEqualTo(3);
    assertThat(warnings).isEmpty();
  }

  @Test
  void missingFileIsNamed() throws IOException {
    Path original = writtenWithTables();
    for (Path file : files(original, "(CURRENT|MANIFEST-.*|.*\\.sst)")) {
      Path copy = copy(original);
      Files.delete(copy.resolve(file.getFileName()));
      assertThatThrownBy(() -> opened(copy))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(copy.toString())
          .hasMessageContaining(file.getFileName().toString());
    }
  }

  @Test
  void shortenedFileIsNamed() throws IOException {
    Path original = writtenWithTables();
    for (Path file : files(original, "(CURRENT|.*\\.sst)")) {
      Path copy = copy(original);
      truncate(copy.resolve(file.getFileName()), Files.size(file) / 2);
      assertThatThrownBy(() -> opened(copy))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(copy.toString())
          .hasMessageContaining(file.getFileName().toString());
    }
  }

  @Test
  void flippedByteInAFileIsFoundAndTheFileNamed() throws IOException {
    Path original = writtenWithTables();
    for (Path file : files(original, "(CURRENT|MANIFEST-.*|.*\\.sst)")) {
      long size = Files.size(file);
      for (long at = 0; at < size; at += 1 + size / 16) {
        Path copy = copy(original);
        flip(copy.resolve(file.getFileName()), (int) at);
        assertFoundOrHarmless(copy, file);
      }
    }
  }

  @Test
  void everyFlippedByteOfTheListOfTablesIsFoundOrHarmless() throws IOException {
    Path original = writtenWithTables();
    Path manifest = Directory.manifest(original);
    for (int at = 0; at < Files.size(manifest); at++) {
      Path copy = copy(original);
      flip(copy.resolve(manifest.getFileName()), at);
      assertFoundOrHarmless(copy, manifest);
    }
  }

  @Test
  void listOfTablesWhoseLastWriteWasBrokenOffIsUsedAsItIs() throws IOException {
    Path original = writtenWithTables();
    Path manifest = Directory.manifest(original);
    for (int length : new int[] {1, 6, 7, 30}) {
      Path copy = copy(original);
      byte[] begun = Arrays.copyOf(new byte[] {1, 2, 3, 4, 90, 0, 1}, length);
      append(copy.resolve(manifest.getFileName()), begun);
      assertThat(opened(copy)).isEqualTo(60);
    }
  }

  @Test
  void unknownFormatIsRefusedWithDirectoryAndNumber() throws RocksDBException {
    Path copy = written(3);
    try (Engine engine = Engine.open(copy, false, new FreeSpace(copy, 0), false);
        WriteBatch batch = new WriteBatch()) {
      batch.put(engine.state(), Keys.FORMAT_KEY, Keys.u32(9));
      engine.db().write(engine.synced(), batch);
    }
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(copy.toString())
        .hasMessageContaining("format 9")
        .hasMessageContaining("format 1");
  }

  @Test
  void databaseOfSomeoneElseIsRefused() throws RocksDBException {
    Path copy = temporary.resolve("else");
    try (Engine engine = Engine.open(copy, true, new FreeSpace(copy, 0), false);
        WriteBatch batch = new WriteBatch()) {
      batch.put(engine.state(), Keys.u32(9), Keys.u32(9));
      engine.db().write(engine.synced(), batch);
    }
    assertThatThrownBy(() -> opened(copy))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(copy.toString())
        .hasMessageContaining("not ppMQ's");
  }

  private void assertFoundOrHarmless(Path copy, Path file) {
    try {
      assertThat(opened(copy)).isEqualTo(60);
    } catch (StoreException found) {
      assertThat(found)
          .hasMessageContaining(copy.toString())
          .hasMessageContaining(file.getFileName().toString());
    }
  }

  /** A closed store of this many commits, all of them in the last log. */
  private Path written(long commits) {
    Path directory = temporary.resolve("written" + copies++);
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      for (long n = 1; n <= commits; n++) {
        WrittenStore.commit(store, n);
      }
    }
    return directory;
  }

  private Path writtenWithTables() {
    Path directory = written(50);
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      for (long n = 51; n <= 60; n++) {
        WrittenStore.commit(store, n);
      }
    }
    return directory;
  }

  /** The last change that is missing in the log. */
  private long changesInTables(Path directory) throws Exception {
    Path copy = copy(directory);
    truncate(lastLog(copy), 0);
    return Engine.sequenceOf(copy);
  }

  private Path writtenInManyLogs() {
    Path directory = temporary.resolve("many");
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      for (long n = 1; n <= 30_000; n++) {
        WrittenStore.commit(store, n);
      }
    }
    return directory;
  }

  private long opened(Path directory) {
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      return WrittenStore.check(store);
    }
  }

  /** The number of entries; no topic owns the keyed messages, and a repair drops them. */
  private long entries(Path directory) {
    try (RocksStore store = RocksStore.open(directory, 1, warnings::add)) {
      return store.topic("t").read(0, 0, 1000, Long.MAX_VALUE).size();
    }
  }

  private Path copy(Path original) {
    return WrittenStore.copy(original, temporary.resolve("copy" + copies++));
  }

  private static Path lastLog(Path directory) throws IOException {
    List<Path> logs = WalCheck.logs(directory);
    return logs.get(logs.size() - 1);
  }

  private static List<Path> files(Path directory, String names) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(names)).toList();
    }
  }

  private static void truncate(Path file, long length) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(length);
    }
  }

  private static void append(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.APPEND);
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 0x10;
    Files.write(file, bytes);
  }

  /** Records, for this boot, that nothing was synced. */
  private static void pretendNothingWasSynced(Path directory) throws IOException {
    try (SyncedMark mark = new SyncedMark(directory)) {
      mark.begin(0);
    }
  }

  /** Records that only this many changes were synced, in an earlier boot. */
  private static void pretendPowerWentAfter(Path directory, long changes) throws IOException {
    try (SyncedMark mark = new SyncedMark(directory)) {
      mark.begin(changes);
    }
    Path file = directory.resolve("ppmq.synced");
    byte[] stored = Files.readAllBytes(file);
    Arrays.fill(stored, 12, stored.length, (byte) 'b');
    assertThat(ByteBuffer.wrap(stored).getLong()).isEqualTo(changes);
    Files.write(file, stored);
  }
}
