package io.ppmq.store.rocksdb;

import io.ppmq.store.DelayedMessage;
import io.ppmq.store.RepairReport;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Makes a usable data directory out of a damaged one.
 *
 * <pre>
 *  data                       is only read, and then renamed to data.damaged-…
 *  data.repairing/log         what is whole of the write-ahead log
 *                /all         a database of everything that RocksDB can open, for reading
 *                /sound       the same without the tables that are damaged
 *                /new         what becomes of it, renamed to data in the end
 * </pre>
 *
 * <p>Everything is written again, in a database that was never damaged. Where it is not known which
 * messages were acknowledged, they are delivered twice rather than not at all.
 */
public final class Repair {
  /** Disk space that must be left besides a copy of everything. */
  private static final long SPARE_BYTES = 32 << 20;

  private static final int READ_ENTRIES = 64;
  private static final long READ_BYTES = 1 << 20;

  private final Path data;
  private final Path work;
  private final Map<String, List<String>> topics;
  private final long firstIdIfNew;
  private final Consumer<String> progress;

  private Repair(
      Path data,
      Path work,
      Map<String, List<String>> topics,
      long firstIdIfNew,
      Consumer<String> progress) {
    this.data = data;
    this.work = work;
    this.topics = topics;
    this.firstIdIfNew = firstIdIfNew;
    this.progress = progress;
  }

  /**
   * Reads everything and changes nothing; the report has no topics.
   *
   * @param progress called now and then with the current step
   * @throws StoreException when a broker holds the directory, or it cannot be read at all
   */
  public static RepairReport inspect(Path directory, Consumer<String> progress) {
    try (DirectoryLock lock = lock(directory)) {
      Inspection inspection = inspected(lock.directory(), progress);
      for (StoredTable table : inspection.tables()) {
        if (table.damage() != null) {
          inspection.describe(table);
        }
      }
      return new RepairReport(inspection.damages(), inspection.remarks(), List.of());
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /**
   * Repairs a directory, if it is damaged. The damaged one is kept under the name {@code kept}.
   *
   * @param kept the new name of the damaged directory, beside itself; does not exist
   * @param topics the names of the configured topics, with the names of their subscribers
   * @param firstIdIfNew the first id of the new store if the ids are lost
   * @throws StoreException when a broker holds the directory, there is too little room, or nothing
   *     can be salvaged; the directory is as it was then
   */
  public static RepairReport repair(
      Path directory,
      String kept,
      Map<String, List<String>> topics,
      long firstIdIfNew,
      Consumer<String> progress) {
    try (DirectoryLock lock = lock(directory)) {
      Path data = lock.directory();
      Inspection inspection = inspected(data, progress);
      if (!inspection.isDamaged()) {
        return new RepairReport(List.of(), inspection.remarks(), List.of());
      }
      Path work = Directory.repairing(data);
      Repair repair = new Repair(data, work, topics, firstIdIfNew, progress);
      return repair.run(inspection, data.resolveSibling(kept));
    } catch (IOException e) {
      throw unusable(directory, e);
    } catch (RocksDBException e) {
      throw Engine.refused(directory, e);
    }
  }

  /** Reads every file and, if no damage was found, tests whether the broker would start. */
  private static Inspection inspected(Path data, Consumer<String> progress) throws IOException {
    Inspection inspection = Inspection.of(data, progress);
    if (!inspection.isDamaged()) {
      progress.accept("trying a start");
      inspection.refusedBy(TrialStart.refusal(data, trial(data)));
    }
    return inspection;
  }

  /**
   * The directory for a trial start: beside the data directory, or elsewhere if this user may not
   * write there.
   */
  private static Path trial(Path data) throws IOException {
    Path parent = data.getParent();
    String name = data.getFileName() + ".trying";
    return parent != null && Files.isWritable(parent)
        ? Files.createTempDirectory(parent, name)
        : Files.createTempDirectory(name);
  }

  private static DirectoryLock lock(Path directory) throws IOException {
    Path work = Directory.repairing(directory.toAbsolutePath());
    if (!Files.exists(directory) && Files.isDirectory(work.resolve("new"))) {
      Files.move(work.resolve("new"), directory);
    }
    if (!Files.isDirectory(directory)) {
      throw new StoreException("DataPath " + directory + " is not a directory");
    }
    return DirectoryLock.take(directory);
  }

  private static StoreException unusable(Path directory, IOException e) {
    return StoreException.refused("DataPath " + directory + " cannot be used", e);
  }

  // ---- in order -------------------------------------------------------------------------------

  private RepairReport run(Inspection inspection, Path kept) throws IOException, RocksDBException {
    checkRoom();
    Directories.deleteAll(work);
    boolean done = false;
    try {
      Files.createDirectory(work, Directory.ownerOnly());
      List<RepairReport.Topic> kepts = salvage(inspection);
      progress.accept("reading the repaired directory");
      readThrough();
      Directories.likeOwner(data, work.resolve("new"));
      Directories.sync(work.resolve("new"));
      swap(kept);
      done = true;
      return new RepairReport(inspection.damages(), inspection.remarks(), kepts);
    } finally {
      if (done || Files.exists(data)) {
        Directories.deleteAll(work);
      }
    }
  }

  private void checkRoom() throws IOException {
    long bytes = Directory.bytes(data, ".sst") + Directory.bytes(data, ".log");
    long needed = bytes + bytes / 4 + SPARE_BYTES;
    Path parent = data.getParent();
    if (parent == null || !Files.isWritable(parent)) {
      throw new StoreException(
          "a repair makes a new directory beside " + data + ", and " + parent + " is not writable");
    }
    long free = FreeSpace.in(parent);
    if (free < needed) {
      throw new StoreException(
          "a repair of "
              + data
              + " needs up to "
              + needed
              + " bytes in "
              + parent
              + ", where "
              + free
              + " are free; nothing was changed");
    }
  }

  private List<RepairReport.Topic> salvage(Inspection inspection)
      throws IOException, RocksDBException {
    Path logs = Files.createDirectory(work.resolve("log"));
    List<Path> copies = inspection.copyLogs(logs);
    List<StoredTable> sound =
        inspection.tables().stream().filter(table -> table.damage() == null).toList();
    List<StoredTable> partly = partlyReadable(inspection);
    if (sound.isEmpty() && partly.isEmpty() && copies.isEmpty() && inspection.holdsAny()) {
      throw new StoreException(
          "nothing in " + data + " can be read: " + String.join("; ", inspection.damages()));
    }
    List<StoredTable> all = new ArrayList<>(sound);
    all.addAll(partly);
    boolean lost = inspection.isLogDamaged() || inspection.isStateLost();
    Path made = Files.createDirectory(work.resolve("new"), Directory.ownerOnly());
    try (Staging everything = Staging.open(work.resolve("all"), all, copies);
        Staging withoutDamage =
            partly.isEmpty() ? everything : Staging.open(work.resolve("sound"), sound, copies);
        Engine engine = Engine.open(made, true, new FreeSpace(made, 0), false);
        BulkLoad load = new BulkLoad(engine)) {
      Identity.create(engine, firstIdIfNew);
      Salvage salvage = new Salvage(engine, load, topics, lost, inspection.damages(), progress);
      return salvage.run(everything, partly.isEmpty() ? null : withoutDamage);
    } catch (IllegalArgumentException e) {
      throw new StoreException("DataPath " + data + " cannot be repaired: " + e.getMessage(), e);
    }
  }

  /** The tables that can be read in part; reports the losses of all damaged ones. */
  private List<StoredTable> partlyReadable(Inspection inspection)
      throws IOException, RocksDBException {
    List<StoredTable> readable = new ArrayList<>();
    for (StoredTable table : inspection.tables()) {
      if (table.damage() == null) {
        continue;
      }
      long values = table.isUsable() ? readableValues(table) : 0;
      if (values > 0) {
        readable.add(table);
      }
      inspection.lost(table, values);
    }
    return readable;
  }

  private long readableValues(StoredTable table) throws IOException {
    Path alone = work.resolve("alone-" + table.number());
    Counting counting = new Counting();
    try (Staging staging = Staging.open(alone, List.of(table), List.of())) {
      new SalvageScan(staging, null, table.family(), counting).run();
    } catch (RocksDBException e) {
      progress.accept(table.file().getFileName() + " cannot be opened: " + e.getMessage());
    }
    return counting.values;
  }

  private static final class Counting implements SalvageScan.Found {
    private long values;

    @Override
    public void value(byte[] key, byte[] value, boolean inHole) {
      values++;
    }

    @Override
    public void hole(byte @Nullable [] after, byte @Nullable [] before, String reason) {
      // said when it turns out to be one with all tables together
    }
  }

  /** Opens the new database as the broker will, and reads every message in it. */
  private void readThrough() {
    Path made = work.resolve("new");
    List<String> warnings = new ArrayList<>();
    try (RocksStore store = RocksStore.open(made, firstIdIfNew, warnings::add)) {
      Set<String> names = new HashSet<>(store.topicNames());
      for (String name : names) {
        TopicStore topic = store.topic(name);
        topic.progress();
        for (int priority : topic.priorities()) {
          readThrough(topic, priority);
        }
        readDelayed(topic);
      }
    }
    if (!warnings.isEmpty()) {
      throw new StoreException(warnings.stream().collect(Collectors.joining("; ")));
    }
  }

  private static void readThrough(TopicStore topic, int priority) {
    long from = 0;
    var entries = topic.read(priority, from, READ_ENTRIES, READ_BYTES);
    while (!entries.isEmpty()) {
      from = entries.get(entries.size() - 1).lastId() + 1;
      entries = topic.read(priority, from, READ_ENTRIES, READ_BYTES);
    }
  }

  private static void readDelayed(TopicStore topic) {
    List<DelayedMessage> read = topic.delayed().from(Long.MIN_VALUE, 0, READ_ENTRIES, READ_BYTES);
    while (!read.isEmpty()) {
      DelayedMessage last = read.get(read.size() - 1);
      read = topic.delayed().from(last.atMillis(), last.id() + 1, READ_ENTRIES, READ_BYTES);
    }
  }

  private void swap(Path kept) throws IOException {
    Files.move(data, kept);
    Files.move(work.resolve("new"), data);
    Directories.force(data.resolveSibling("."));
  }
}
