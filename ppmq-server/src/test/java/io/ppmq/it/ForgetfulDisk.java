package io.ppmq.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The disk under a data directory after a loss of power. A library that is preloaded into the
 * broker, {@code src/test/c/powercut.c}, records the syncs; its source describes the record. A cut
 * replaces the directory by the content of the disk.
 */
final class ForgetfulDisk {
  /** The fate of unsynced data. */
  enum Mercy {
    /** All of it is gone, as POSIX allows. */
    NONE,
    /** Some of it survives: the first of the names, and any sectors of the bytes, or a torn end. */
    CHANCE
  }

  private static final String LIBRARY = "powercut.so";
  private static final int SECTOR_BYTES = 512;

  private final Path data;
  private final Path shadow;

  /** A disk under a directory that need not exist yet; the record is beside it. */
  ForgetfulDisk(Path data) throws IOException {
    this.data = data;
    this.shadow = data.resolveSibling(data.getFileName() + ".shadow");
    Files.createDirectory(shadow);
    clear(new Random(0));
  }

  /** Whether there is a C compiler; if so, builds the library. */
  static boolean isPossible() throws IOException, InterruptedException {
    return CProgram.isMade(LIBRARY, "-shared", "-fPIC");
  }

  /** The environment variables of a broker on this disk. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", CProgram.path(LIBRARY).toString(),
        "POWERCUT_DIR", data.toString(),
        "POWERCUT_SHADOW", shadow.toString());
  }

  /**
   * Removes unsynced data. The broker is dead before that.
   *
   * @param struckNanos the time of the kill
   * @return the time of its slowest sync, in nanoseconds
   */
  long cut(long struckNanos, Mercy mercy, Random random) throws IOException {
    Journal journal =
        Journal.of(struckNanos, Files.readAllLines(shadow.resolve("journal"), ISO_8859_1));
    if (!journal.hasBegun()) {
      clear(random);
      return journal.slowestSyncNanos();
    }
    assertThat(journal.unmodelled()).as("what powercut.c cannot follow").isEmpty();
    checkNothingWasMissed(journal);
    Path after = shadow.resolve("after");
    Files.createDirectory(after);
    Map<String, Long> names =
        journal.names(mercy == Mercy.NONE ? List.of() : some(journal, random));
    for (Map.Entry<String, Long> name : names.entrySet()) {
      Files.write(after.resolve(name.getKey()), bytes(name.getValue(), mercy, random));
    }
    delete(data);
    if (journal.isDirectorySynced() || (mercy == Mercy.CHANCE && random.nextBoolean())) {
      Files.move(after, data);
    } else {
      delete(after);
    }
    clear(random);
    return journal.slowestSyncNanos();
  }

  /** The record so far, a line for each change. For a disk that keeps its history. */
  List<String> history() throws IOException {
    return Files.readAllLines(shadow.resolve("journal"), ISO_8859_1);
  }

  /**
   * Makes the directory that a loss of power would have left after the first lines of the history.
   *
   * @param lines the number of lines
   * @param after the directory; made here unless the directory itself was lost
   */
  void leave(List<String> history, int lines, Mercy mercy, Random random, Path after)
      throws IOException {
    Journal journal = Journal.of(0, history.subList(0, lines));
    assertThat(journal.unmodelled()).as("what powercut.c cannot follow").isEmpty();
    if (!journal.isDirectorySynced()) {
      return;
    }
    Files.createDirectory(after);
    List<String> more = mercy == Mercy.NONE ? List.of() : some(journal, random);
    for (Map.Entry<String, Long> name : journal.names(more).entrySet()) {
      byte[] synced = lastSynced(name.getValue(), history.subList(0, lines));
      // the next content of the marks is true only together with that of other files
      boolean known = mercy == Mercy.NONE || name.getKey().startsWith("ppmq.");
      byte[] next = known ? synced : written(name.getValue(), history, lines);
      Files.write(after.resolve(name.getKey()), pieces(synced, next, mercy, random));
    }
  }

  private byte[] lastSynced(long file, List<String> lines) throws IOException {
    byte[] synced = new byte[0];
    for (String line : lines) {
      Path kept = kept(file, line);
      synced = kept == null ? synced : Files.readAllBytes(kept);
    }
    return synced;
  }

  /** At most the content that the next sync brought to the disk; unknown without a sync. */
  private byte[] written(long file, List<String> history, int from) throws IOException {
    for (String line : history.subList(from, history.size())) {
      Path kept = kept(file, line);
      if (kept != null) {
        return Files.readAllBytes(kept);
      }
    }
    return lastSynced(file, history);
  }

  private @Nullable Path kept(long file, String line) {
    if (!line.startsWith("synced ")) {
      return null;
    }
    Path kept = shadow.resolve("disk/" + file + "@" + line.split(" ", -1)[1]);
    return Files.exists(kept) ? kept : null;
  }

  /**
   * Changes of the directory that reached the disk without a sync: the first ones. POSIX allows any
   * of them, but file systems keep the order, and RocksDB relies on that at its opening, where it
   * names a new table in a new MANIFEST and syncs the directory once, after both.
   */
  private static List<String> some(Journal journal, Random random) {
    List<String> changes = journal.unsynced();
    return changes.subList(0, random.nextInt(changes.size() + 1));
  }

  /** The content of a file on the disk. */
  private byte[] bytes(long file, Mercy mercy, Random random) throws IOException {
    byte[] synced = Files.readAllBytes(shadow.resolve("disk/" + file));
    byte[] written = Files.readAllBytes(shadow.resolve("live/" + file));
    return pieces(synced, written, mercy, random);
  }

  private static byte[] pieces(byte[] synced, byte[] written, Mercy mercy, Random random) {
    if (mercy == Mercy.NONE || random.nextInt(3) == 0) {
      return synced;
    }
    if (random.nextInt(3) == 0 || Arrays.equals(synced, written)) {
      return written;
    }
    if (written.length <= synced.length) {
      return random.nextBoolean() ? synced : written;
    }
    int length = synced.length + random.nextInt(written.length - synced.length + 1);
    byte[] bytes = Arrays.copyOf(written, length);
    if (random.nextBoolean()) {
      lose(bytes, synced, random);
    }
    return bytes;
  }

  /** Restores the synced content of sectors; the file got its length before its bytes. */
  private static void lose(byte[] bytes, byte[] synced, Random random) {
    byte[] old = Arrays.copyOf(synced, bytes.length);
    for (int from = 0; from < bytes.length; from += SECTOR_BYTES) {
      int to = Math.min(bytes.length, from + SECTOR_BYTES);
      if (random.nextBoolean()) {
        System.arraycopy(old, from, bytes, from, to - from);
      }
    }
  }

  /**
   * Fails for a file that the library has no record of, since it was made in a way that the library
   * does not see. An exception is a broker that died between the call and the record: then the file
   * is empty or gone.
   */
  private void checkNothingWasMissed(Journal journal) throws IOException {
    if (!Files.exists(data)) {
      return;
    }
    Set<String> gone = new HashSet<>(journal.names(journal.unsynced()).keySet());
    List<String> unknown = new ArrayList<>();
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.toList()) {
        if (!gone.remove(file.getFileName().toString()) && Files.size(file) > 0) {
          unknown.add(file.getFileName().toString());
        }
      }
    }
    assertThat(unknown).as("files that powercut.c does not know").isEmpty();
    assertThat(gone.size()).as("files that it thinks are there: " + gone).isLessThanOrEqualTo(1);
  }

  private void clear(Random random) throws IOException {
    delete(shadow.resolve("disk"));
    delete(shadow.resolve("live"));
    Files.createDirectory(shadow.resolve("disk"));
    Files.createDirectory(shadow.resolve("live"));
    Files.writeString(shadow.resolve("journal"), "");
    UUID boot = new UUID(random.nextLong(), random.nextLong());
    Files.writeString(shadow.resolve("boot_id"), boot + "\n");
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  /** The library's record of the directory; {@code powercut.c} describes the lines. */
  private record Journal(
      List<String> synced,
      List<String> unsynced,
      boolean isDirectorySynced,
      boolean hasBegun,
      long slowestSyncNanos) {
    static Journal of(long struckNanos, List<String> all) {
      List<String> lines = new ArrayList<>(all);
      lines.removeIf(line -> line.startsWith("syncing ") || line.startsWith("synced "));
      int lastSync = lines.lastIndexOf("sync");
      boolean kept = lines.lastIndexOf("sync-parent") > lines.lastIndexOf("mkdir");
      List<String> unsynced = new ArrayList<>(lines.subList(lastSync + 1, lines.size()));
      unsynced.removeIf(line -> line.matches("mkdir|sync-parent|there"));
      return new Journal(
          lines.subList(0, lastSync + 1),
          unsynced,
          kept,
          lines.contains("there"),
          slowestSyncNanos(struckNanos, all));
    }

    /** The library reads the same clock as {@link System#nanoTime} on Linux. */
    private static long slowestSyncNanos(long struckNanos, List<String> lines) {
      long slowest = 0;
      Map<String, Long> begunNanos = new HashMap<>();
      for (String line : lines) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("syncing")) {
          begunNanos.put(words[1], Long.valueOf(words[2]));
        } else if (words[0].equals("synced")) {
          slowest = Math.max(slowest, Long.parseLong(words[2]) - begunNanos.remove(words[1]));
        }
      }
      for (long underWay : begunNanos.values()) {
        slowest = Math.max(slowest, struckNanos - underWay);
      }
      return slowest;
    }

    List<String> unmodelled() {
      return Stream.concat(synced.stream(), unsynced.stream())
          .filter(line -> line.startsWith("unmodelled"))
          .toList();
    }

    /** The file of each name, if of the unsynced changes these lines reached the disk. */
    Map<String, Long> names(List<String> more) {
      Map<String, Long> names = new LinkedHashMap<>();
      synced.forEach(line -> apply(line, names));
      more.forEach(line -> apply(line, names));
      return names;
    }

    private static void apply(String line, Map<String, Long> names) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "create", "link" -> names.put(words[2], Long.valueOf(words[1]));
        case "unlink" -> names.remove(words[2]);
        case "rename" -> {
          names.remove(words[2]);
          names.put(words[3], Long.valueOf(words[1]));
        }
        default -> assertThat(words[0]).isIn("sync", "mkdir", "sync-parent", "there");
      }
    }
  }
}
