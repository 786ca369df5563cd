package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/**
 * Checks the write-ahead log before RocksDB reads it. RocksDB replays it up to the first damage and
 * drops the rest silently. That is right for the torn end that a killed process or a loss of power
 * leaves, and a silent loss in any other case.
 *
 * <table>
 *   <caption>The findings and their consequences</caption>
 *   <tr><td>synced data is missing, by {@link SyncedMark}</td>
 *       <td>real damage: no start</td></tr>
 *   <tr><td>nothing complete follows the damage</td>
 *       <td>a torn end: cut off, with a warning</td></tr>
 *   <tr><td>commits follow it, the machine went down since, and nothing before the last sync is
 *       touched</td><td>the unsynced part of the log reached the disk in pieces: cut off, with a
 *       warning</td></tr>
 *   <tr><td>commits follow it otherwise</td><td>real damage: no start</td></tr>
 * </table>
 */
final class WalCheck {
  private final Path directory;
  private final List<WalFile> files;

  private WalCheck(Path directory, List<WalFile> files) {
    this.directory = directory;
    this.files = files;
  }

  /** Reads all files of the log, up to the first that is damaged, and those after it. */
  static WalCheck of(Path directory) throws IOException {
    List<WalFile> files = new ArrayList<>();
    long next = 0;
    for (Path path : logs(directory)) {
      WalFile file = WalFile.read(path, next);
      files.add(file);
      next = file.nextSequence();
    }
    return new WalCheck(directory, files);
  }

  /** The number of the last complete change before any damage; 0 if there is none. */
  long lastSequence() {
    int first = firstDamaged();
    if (first >= 0) {
      return last(files.get(first));
    }
    return files.isEmpty() ? 0 : last(files.get(files.size() - 1));
  }

  /** The name of the last file. */
  String lastName() {
    return name(files.get(files.size() - 1).file());
  }

  /** Whether there is no file at all; RocksDB always has one. */
  boolean isMissing() {
    return files.isEmpty();
  }

  /**
   * Refuses damage that no crash leaves. Changes nothing.
   *
   * @throws StoreException when there is such damage, with the file and the byte
   */
  void check(SyncedMark synced) throws IOException {
    int first = firstDamaged();
    if (first < 0) {
      return;
    }
    WalFile damaged = files.get(first);
    List<WalFile> later = files.subList(first + 1, files.size());
    boolean torn =
        !damaged.hasBatchesAfterDamage() && later.stream().noneMatch(WalFile::holdsBatches);
    if (!torn && !(synced.rebooted() && reaches(synced.sequenceBefore()))) {
      throw damaged(damaged, "commits follow the damage");
    }
    if (damaged.damagedAt() == 0
        && !damaged.isCutShort()
        && synced.isBootKnown()
        && !synced.rebooted()) {
      throw damaged(damaged, "an interrupted write does not look like that");
    }
  }

  /**
   * Refuses a log that has lost synced data. Changes nothing.
   *
   * @param synced the last change that is known to have been synced
   * @throws StoreException when that is missing, with the file
   */
  void checkReaches(long synced) {
    if (reaches(synced)) {
      return;
    }
    long reached = reached();
    String lacks =
        "changes up to " + synced + " had been synced, and those after " + reached + " are missing";
    int first = firstDamaged();
    if (first >= 0) {
      throw damaged(files.get(first), lacks);
    }
    throw Directory.damaged(
        directory,
        (isMissing() ? "there is no .log file" : lastName() + " is cut off") + ": " + lacks);
  }

  private StoreException damaged(WalFile file, String why) {
    return Directory.damaged(
        directory, name(file.file()) + " is damaged at byte " + file.damagedAt() + ", and " + why);
  }

  private int firstDamaged() {
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).isDamaged()) {
        return i;
      }
    }
    return -1;
  }

  /** Cuts off the torn end, so that RocksDB never sees it. For a log that was checked. */
  void mend(Consumer<String> warnings) throws IOException {
    int first = firstDamaged();
    if (first >= 0) {
      mend(files.get(first), files.subList(first + 1, files.size()), warnings);
    }
  }

  private void mend(WalFile damaged, List<WalFile> later, Consumer<String> warnings)
      throws IOException {
    String where = "DataPath " + directory + ": " + damaged.file().getFileName();
    long dropped = damaged.bytes() - damaged.goodBytes();
    for (WalFile file : later) {
      dropped += file.bytes();
      Files.delete(file.file());
    }
    try (FileChannel channel = FileChannel.open(damaged.file(), StandardOpenOption.WRITE)) {
      channel.truncate(damaged.goodBytes());
      channel.force(true);
    }
    warnings.accept(
        where + " ends in an incomplete commit: its last " + dropped + " bytes were dropped");
  }

  private boolean reaches(long synced) {
    return synced == 0 || reached() >= synced;
  }

  /** The last change before any damage: in the log, or in tables when there is none in the log. */
  private long reached() {
    long last = lastSequence();
    if (last > 0 || !Files.exists(directory.resolve("CURRENT"))) {
      return last;
    }
    try {
      return Engine.sequenceOf(directory);
    } catch (RocksDBException e) {
      throw Tables.blame(directory, e);
    }
  }

  /** The content of all files. */
  long bytes() {
    long bytes = 0;
    for (WalFile file : files) {
      bytes += file.bytes();
    }
    return bytes;
  }

  /** Puts all files on the disk. */
  static void sync(Path directory) throws IOException {
    for (Path log : logs(directory)) {
      try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
  }

  private static long last(WalFile file) {
    return Math.max(0, file.nextSequence() - 1);
  }

  /** The files of the log, the oldest first. */
  static List<Path> logs(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths
          .filter(path -> name(path).matches("[0-9]+\\.log"))
          .sorted(Comparator.comparingLong(WalCheck::number))
          .toList();
    }
  }

  private static long number(Path log) {
    String name = name(log);
    return Long.parseLong(name.substring(0, name.length() - ".log".length()));
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
