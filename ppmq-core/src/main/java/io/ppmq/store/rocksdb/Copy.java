package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Copies a store that is in use.
 *
 * <p>RocksDB makes a checkpoint within the data directory, of links to its tables. From there the
 * files are linked into the other directory, or copied where that is on another disk; the store is
 * not held meanwhile. {@code CURRENT} comes last, so that an incomplete copy does not look
 * complete.
 */
final class Copy {
  private static final String CHECKPOINT = "ppmq.checkpoint";

  private static final AtomicBoolean UNDER_WAY = new AtomicBoolean();

  private final Path from;
  private final Path to;
  private final BooleanSupplier stopped;

  /** A copy that gives up when {@code stopped} becomes true. */
  Copy(Path from, Path to, BooleanSupplier stopped) {
    this.from = from;
    this.to = to;
    this.stopped = stopped;
  }

  /** Removes the leftovers of a process that died in the middle of a copy. */
  static void removeLeftovers(Path directory) throws IOException {
    Directories.deleteAll(directory.resolve(CHECKPOINT));
    Directories.deleteAll(directory.resolve(CHECKPOINT + ".tmp"));
  }

  long make(Database database) {
    if (Files.notExists(from)) {
      throw new StoreException("DataPath " + from + " is missing: it was moved or removed");
    }
    if (!UNDER_WAY.compareAndSet(false, true)) {
      throw new StoreException("another copy is being made");
    }
    try {
      return copy(database);
    } catch (IOException e) {
      throw new StoreException(
          "the broker, as user "
              + System.getProperty("user.name")
              + ", cannot write a copy to "
              + to
              + ": "
              + IoReason.words(e, "directory"),
          e);
    } finally {
      UNDER_WAY.set(false);
    }
  }

  private long copy(Database database) throws IOException {
    try (Destination destination = Destination.open(to, from)) {
      boolean done = false;
      try {
        checkpoint(database);
        long bytes = fill(destination);
        destination.force();
        done = true;
        return bytes;
      } finally {
        removeLeftovers(from);
        if (!done) {
          destination.discard();
        }
      }
    }
  }

  private void checkpoint(Database database) throws IOException {
    removeLeftovers(from);
    Checkpoints.make(database, from.resolve(CHECKPOINT));
  }

  // ---- files ----------------------------------------------------------------------------------

  private long fill(Destination destination) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(from.resolve(CHECKPOINT))) {
      files = all.filter(file -> !file.endsWith("CURRENT")).toList();
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += add(file, destination);
    }
    return bytes + add(from.resolve(CHECKPOINT).resolve("CURRENT"), destination);
  }

  /** First copies a file within the data directory, where no other process writes. */
  private long add(Path file, Destination destination) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Directories.force(file);
    if (!destination.add(file, stopped)) {
      throw new StoreException("the broker stops: the copy to " + to + " was not finished");
    }
    return Files.size(file);
  }
}
