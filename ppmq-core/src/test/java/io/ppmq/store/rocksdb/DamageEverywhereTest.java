package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.RepairReport;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of damage to every file of a data directory. Either everything is delivered right, or
 * a sentence names the damage; then a repair keeps everything that can be read, and the repaired
 * store delivers nothing wrong. {@code -Ddamages=N -Dseed=S} does more of it.
 */
final class DamageEverywhereTest {
  private static final Map<String, List<String>> TOPICS =
      Map.of("plain", List.of("s"), "keyed", List.of("s"));

  /** Files whose content RocksDB does not need. */
  private static final String IDLE = "(LOG.*|LOCK|ppmq\\.lock|IDENTITY|OPTIONS-.*)";

  @TempDir Path temporary;

  private final long seed = Long.getLong("seed", System.nanoTime());

  private final Random random = new Random(seed);
  private final List<String> warnings = new ArrayList<>();

  @Test
  void everyDamageOfASmallDirectoryIsFoundOrHarmless() throws IOException {
    damage("small", 2, 60, Integer.getInteger("damages", 50));
  }

  @Test
  void everyDamageOfALargeDirectoryIsFoundOrHarmless() throws IOException {
    damage("large", 4, 2_500, Integer.getInteger("damages", 8));
  }

  private void damage(String name, int lives, int commits, int times) throws IOException {
    Path original = temporary.resolve(name);
    ReadThrough written = ReadThrough.write(original, lives, commits);
    List<Path> files = files(original);
    assertThat(written.read(copy(original), warnings::add, DamageEverywhereTest::neverRight))
        .isEqualTo(written.expected());
    assertThat(warnings).isEmpty();
    for (int i = 0; i < times; i++) {
      Path copy = copy(original);
      Path file =
          files.get(i < files.size() && times > files.size() ? i : random.nextInt(files.size()));
      String done = harm(copy, file.getFileName().toString(), files);
      try {
        serveOrSay(copy, file.getFileName().toString(), done, written);
      } catch (StoreException | AssertionError e) {
        throw new AssertionError("-Dseed=" + seed + ", " + name + " case " + i + ": " + done, e);
      }
    }
  }

  private void serveOrSay(Path copy, String file, String done, ReadThrough written)
      throws IOException {
    warnings.clear();
    boolean seen = Repair.inspect(copy, doing -> {}).isDamaged();
    try {
      List<String> again = new ArrayList<>();
      int found = written.read(copy(copy), warnings::add, again::add);
      assertThat(again).allMatch(payload -> payload.endsWith("xx\""));
      if (!done.contains("ppmq.synced")) { // otherwise it is unknown what was synced
        assertThat(again).isEmpty();
        assertThat(found).as("all of it had been synced").isEqualTo(written.expected());
      }
    } catch (StoreException e) {
      assertThat(seen).as("a look finds what keeps the broker from serving: " + e).isTrue();
      assertThat(e.isDamage()).isTrue();
      if (!done.contains("swapped")) { // otherwise the other of the two files was not idle
        assertThat(file).doesNotMatch(IDLE);
      }
      assertThat(e.sentence()).contains(copy.getParent().toString()).contains("ppmq repair");
      repair(copy, written);
    }
  }

  /**
   * A repair may bring back older messages, never unwritten ones, and everything is delivered to
   * the end; missing messages are reported.
   */
  private void repair(Path copy, ReadThrough written) throws IOException {
    RepairReport report;
    try {
      report = Repair.repair(copy, "kept", TOPICS, 1, doing -> {});
    } catch (StoreException nothing) {
      assertThat(nothing.sentence()).contains("nothing in ");
      return;
    } finally {
      Directories.deleteAll(copy.resolveSibling("kept"));
    }
    warnings.clear();
    int found = written.read(copy, warnings::add, payload -> assertThat(payload).endsWith("xx\""));
    assertThat(warnings).isEmpty();
    if (report.damages().isEmpty()) {
      // The damage did not affect the contents: tables were exchanged.
      assertThat(found).isEqualTo(written.expected());
    }
  }

  private static void neverRight(String payload) {
    throw new AssertionError("wrong: " + payload);
  }

  // ---- harm -----------------------------------------------------------------------------------

  private String harm(Path directory, String name, List<Path> files) throws IOException {
    Path file = directory.resolve(name);
    long size = Files.size(file);
    int kind = random.nextInt(12);
    if (kind == 0) {
      Files.delete(file);
      return name + " deleted";
    }
    if (kind == 1) {
      Files.write(file, new byte[0]);
      return name + " emptied";
    }
    if (kind == 2) {
      Path other = directory.resolve(files.get(random.nextInt(files.size())).getFileName());
      if (!other.equals(file)) {
        Path aside = directory.resolveSibling("aside");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        Files.move(other, file);
        Files.move(aside, other);
      }
      return name + " swapped with " + other.getFileName();
    }
    if (size == 0) {
      return name + " is empty already";
    }
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      if (kind <= 4) {
        long length = (long) (random.nextDouble() * size);
        access.setLength(length);
        return name + " cut from " + size + " to " + length;
      }
      long at = (long) (random.nextDouble() * size);
      if (kind >= 10) {
        byte[] bytes = new byte[(int) (1 + random.nextDouble() * (size - at))];
        if (kind == 11) {
          random.nextBytes(bytes);
        }
        access.seek(at);
        access.write(bytes);
        String what = kind == 10 ? " zeros" : " bytes of junk";
        return name + ", " + bytes.length + what + " at " + at + " of " + size;
      }
      int bit = 1 << random.nextInt(8);
      access.seek(at);
      int old = access.read();
      access.seek(at);
      access.write(old ^ bit);
      return name + ", bit " + bit + " of byte " + at + " of " + size + " flipped";
    }
  }

  // ---- files ----------------------------------------------------------------------------------

  private Path copy(Path original) throws IOException {
    Path copy = temporary.resolve("copy" + (original.endsWith("copy") ? "2" : ""));
    Directories.deleteAll(copy);
    return WrittenStore.copy(original, copy);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }
}
