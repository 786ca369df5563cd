package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** Reads every relevant file of a data directory and reports its damage. Changes nothing. */
final class Inspection {
  private final Path directory;
  private final Consumer<String> progress;
  private final List<String> damages = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final List<StoredTable> tables = new ArrayList<>();
  private final Map<Long, Path> logsBySequence = new TreeMap<>();
  private boolean logsDamaged;
  private boolean listLost;
  private boolean damagedTables;
  private boolean stateLost;

  private Inspection(Path directory, Consumer<String> progress) {
    this.directory = directory;
    this.progress = progress;
  }

  static Inspection of(Path directory, Consumer<String> progress) throws IOException {
    Inspection inspection = new Inspection(directory, progress);
    inspection.tables();
    inspection.logs();
    return inspection;
  }

  /** The damages, except for damaged tables: {@link #lost} describes these. */
  List<String> damages() {
    return damages;
  }

  /** Whether there is any damage. */
  boolean isDamaged() {
    return damagedTables || !damages.isEmpty();
  }

  /** Notes that the broker would not start, though no file is damaged; null when it would. */
  void refusedBy(@Nullable String reason) {
    if (reason != null) {
      damages.add("the broker would not start: " + reason);
      remarks.clear(); // a refused end is not a torn one
      logsDamaged = true; // the missing part is not known
    }
  }

  List<String> remarks() {
    return remarks;
  }

  /** The relevant tables, damaged or not. */
  List<StoredTable> tables() throws IOException {
    if (!tables.isEmpty() || listLost) {
      return tables;
    }
    Map<Long, Integer> listed = listed();
    listLost = listed == null;
    Map<Long, Path> files = files();
    Set<Long> numbers = new TreeSet<>(listed == null ? files.keySet() : listed.keySet());
    for (long number : numbers) {
      Path file = files.get(number);
      if (file == null) {
        damages.add(String.format("%06d.sst is missing", number));
        stateLost |= listed == null || listed.getOrDefault(number, 0) <= 0;
        continue;
      }
      progress.accept("reading " + file.getFileName());
      int family =
          listed == null ? StoredTable.UNKNOWN : listed.getOrDefault(number, StoredTable.UNKNOWN);
      StoredTable table = StoredTable.read(file, family);
      tables.add(table);
      damagedTables |= table.damage() != null;
    }
    return tables;
  }

  /** Whether there are files that are not empty; their content may not be readable. */
  boolean holdsAny() throws IOException {
    return !tables.isEmpty() || !WalCheck.logs(directory).isEmpty();
  }

  /** Whether part or all of the log is missing. */
  boolean isLogDamaged() {
    return logsDamaged;
  }

  /** Whether tables with progress of subscribers or names of topics are gone. */
  boolean isStateLost() {
    return stateLost;
  }

  /** Describes the damage of a table. */
  void describe(StoredTable table) {
    damages.add(
        name(table.file())
            + " is damaged: "
            + UnreadableRange.plain(String.valueOf(table.damage())));
  }

  /** Notes how many values of a damaged table can be read. */
  void lost(StoredTable table, long readableValues) {
    stateLost |= readableValues == 0 && table.family() <= 0;
    String of = table.entries() < 0 ? "" : " of " + table.entries();
    damages.add(
        name(table.file())
            + " is damaged, "
            + readableValues
            + of
            + " values in it can be read: "
            + UnreadableRange.plain(String.valueOf(table.damage())));
  }

  /** Writes the whole records of the log into another directory, and returns the files. */
  List<Path> copyLogs(Path to) throws IOException {
    List<Path> copies = new ArrayList<>();
    for (Path log : logsBySequence.values()) {
      Path copy = to.resolve(String.format("%06d.log", copies.size() + 2));
      copies.add(copy);
      try (RecordWriter writer = new RecordWriter(copy)) {
        RecordFile.read(log, new Batches(writer));
      }
    }
    return copies;
  }

  private Map<Long, Path> files() throws IOException {
    Map<Long, Path> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(directory)) {
      paths
          .filter(path -> name(path).matches("[0-9]{1,18}\\.sst"))
          .forEach(path -> files.put(Long.parseLong(name(path).replace(".sst", "")), path));
    }
    return files;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  // ---- the list of tables ---------------------------------------------------------------------

  private @Nullable Map<Long, Integer> listed() throws IOException {
    Path manifest = manifest();
    Map<Long, Integer> listed = manifest == null ? null : TableList.read(manifest);
    if (manifest != null && listed == null) {
      damages.add(name(manifest) + ", the list of tables, is damaged");
    }
    return listed;
  }

  private @Nullable Path manifest() throws IOException {
    Path current = directory.resolve("CURRENT");
    Path last = lastManifest();
    if (!Files.exists(current)) {
      if (last != null || !files().isEmpty() || !WalCheck.logs(directory).isEmpty()) {
        damages.add("CURRENT is missing");
      }
    } else {
      byte[] named = Files.readAllBytes(current);
      String text = new String(named, ISO_8859_1);
      if (text.matches("MANIFEST-[0-9]+\n")) {
        Path manifest = directory.resolve(text.strip());
        if (Files.exists(manifest)) {
          return manifest;
        }
        damages.add(text.strip() + ", the list of tables, is missing");
      } else {
        damages.add("CURRENT is damaged");
      }
    }
    return last;
  }

  private @Nullable Path lastManifest() throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths
          .filter(path -> name(path).matches("MANIFEST-[0-9]{1,18}"))
          .max(Comparator.comparingLong(path -> Long.parseLong(name(path).substring(9))))
          .orElse(null);
    }
  }

  // ---- the log --------------------------------------------------------------------------------

  private void logs() throws IOException {
    List<Path> logs = WalCheck.logs(directory);
    if (logs.isEmpty()) {
      withoutLog();
    }
    long next = 0;
    for (Path log : logs) {
      progress.accept("reading " + log.getFileName());
      Batches batches = new Batches(null);
      RecordFile.read(log, batches);
      if (batches.first != 0) {
        logsBySequence.put(batches.first, log);
      }
      boolean last = log.equals(logs.get(logs.size() - 1));
      judge(log, batches, next, last);
      next = batches.next == 0 ? next : batches.next;
    }
  }

  /** RocksDB always has a log; only an empty one may be missing. */
  private void withoutLog() throws IOException {
    long synced = sequenceSynced();
    boolean lacking = synced > 0 && synced > sequenceInTables();
    logsDamaged = lacking || !tables.isEmpty();
    if (logsDamaged) {
      String missing = ": confirmed changes up to " + synced + " are missing";
      damages.add("there is no .log file" + (lacking ? missing : ""));
    }
  }

  private long sequenceSynced() throws IOException {
    try (SyncedMark synced = new SyncedMark(directory)) {
      return synced.sequenceBefore();
    }
  }

  /** The last change in the tables; 0 if it is unknown. */
  private long sequenceInTables() {
    try {
      return Files.exists(directory.resolve("CURRENT")) ? Engine.sequenceOf(directory) : 0;
    } catch (RocksDBException e) {
      return 0;
    }
  }

  private void judge(Path log, Batches batches, long expected, boolean last) {
    if (last && batches.isTornOnly()) {
      remarks.add(
          name(log)
              + " ends in an incomplete commit, as a crash leaves it: "
              + batches.damagedBytes
              + " bytes, which the broker drops when it starts");
    } else {
      for (long[] range : batches.damaged) {
        damages.add(name(log) + " is damaged from byte " + range[0] + " to byte " + range[1]);
      }
      logsDamaged |= !batches.damaged.isEmpty();
    }
    if (batches.foreign > 0) {
      damages.add(name(log) + " holds " + batches.foreign + " records that are not commits");
      logsDamaged = true;
    }
    long missing = batches.missing;
    if (expected != 0 && batches.first > expected) {
      missing += batches.first - expected;
    }
    if (missing > 0) {
      String changes = missing == 1 ? "1 change" : missing + " changes";
      damages.add(name(log) + " lacks " + changes + ", in it or before it");
      logsDamaged = true;
    } else if (expected != 0 && batches.first != 0 && batches.first < expected) {
      damages.add(name(log) + " is older than its name says");
      logsDamaged = true;
    }
  }

  /** The batches of a file of the log. */
  private static final class Batches implements RecordFile.Found {
    private final @Nullable RecordWriter copy;
    private final List<long[]> damaged = new ArrayList<>();
    private long first;
    private long next;
    private long missing;
    private long foreign;
    private long damagedBytes;
    private boolean batchesAfterDamage;

    Batches(@Nullable RecordWriter copy) {
      this.copy = copy;
    }

    @Override
    public void record(byte[] payload) throws IOException {
      if (!BatchForm.isBatch(payload)) {
        foreign++;
        return;
      }
      ByteBuffer header = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
      long sequence = header.getLong();
      if (first == 0) {
        first = sequence;
      } else if (sequence > next) {
        missing += sequence - next;
      }
      next = sequence + (header.getInt() & 0xFFFFFFFFL);
      batchesAfterDamage |= !damaged.isEmpty();
      if (copy != null) {
        copy.add(payload);
      }
    }

    @Override
    public void damage(long from, long to) {
      damaged.add(new long[] {from, to});
      damagedBytes += to - from;
    }

    boolean isTornOnly() {
      return !damaged.isEmpty() && !batchesAfterDamage && missing == 0;
    }
  }
}
