package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDBException;

/**
 * Copies a store that is in use.
 *
 * <p>RocksDB makes a checkpoint within the data directory, of links to its tables, which takes as
 * long as to write its memtables. From there the files are linked into the other directory, or
 * copied where that is on another disk; the store is not held meanwhile. {@code CURRENT} comes
 * last, so that a copy that was broken off is not taken for one.
 */
final class Copy {
  private static final String CHECKPOINT = "ppmq.checkpoint";
  private static final int CHUNK_BYTES = 1 << 18;

  /** Memtables are written as tables for a copy; so much room there must be. */
  private static final long ROOM_BYTES = 2 * Tuning.MEMTABLES_BYTES;

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

  /** Removes what the death of a process in the middle of a copy has left. */
  static void removeLeftovers(Path directory) throws IOException {
    Trees.deleteAll(directory.resolve(CHECKPOINT));
    Trees.deleteAll(directory.resolve(CHECKPOINT + ".tmp"));
  }

  long make(Database database) {
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
              + reason(e),
          e);
    } finally {
      UNDER_WAY.set(false);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }

  private long copy(Database database) throws IOException {
    boolean made = prepare();
    boolean done = false;
    try {
      checkpoint(database);
      long bytes = fill();
      Trees.force(to);
      Trees.force(to.resolveSibling("."));
      done = true;
      return bytes;
    } finally {
      removeLeftovers(from);
      if (!done) {
        empty(made);
      }
    }
  }

  /** Makes the directory; false when it was there, and empty. */
  private boolean prepare() throws IOException {
    if (!to.isAbsolute()) {
      throw new StoreException("the copy needs an absolute path, not " + to);
    }
    if (!Files.exists(to)) {
      refuseWithin(to.resolveSibling("."));
      Files.createDirectory(to, Directory.ownerOnly());
      return true;
    }
    if (!Files.isDirectory(to)) {
      throw new StoreException(to + " is not a directory");
    }
    refuseWithin(to);
    try (Stream<Path> files = Files.list(to)) {
      if (files.findAny().isPresent()) {
        throw new StoreException(to + " is not empty");
      }
    }
    return false;
  }

  private void refuseWithin(Path place) throws IOException {
    if (place.toRealPath().startsWith(from.toRealPath())) {
      throw new StoreException(to + " is within the DataPath " + from);
    }
  }

  private void checkpoint(Database database) throws IOException {
    removeLeftovers(from);
    if (FreeSpace.in(from) < ROOM_BYTES) {
      throw new StoreException(
          "there is too little room in " + from + " for a copy: it needs " + ROOM_BYTES + " bytes");
    }
    Path checkpoint = from.resolve(CHECKPOINT);
    long sequence =
        database.use(
            engine -> {
              long upTo = engine.db().getLatestSequenceNumber();
              make(engine, checkpoint);
              return upTo;
            });
    try (SyncedMark mark = new SyncedMark(checkpoint)) {
      WalCheck.of(checkpoint).mend(torn -> {});
      mark.begin(sequence);
    }
  }

  private static void make(Engine engine, Path checkpoint) throws RocksDBException {
    try (Checkpoint maker = Checkpoint.create(engine.db())) {
      maker.createCheckpoint(checkpoint.toString());
    }
  }

  // ---- files ----------------------------------------------------------------------------------

  private long fill() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(from.resolve(CHECKPOINT))) {
      files = all.filter(file -> !file.endsWith("CURRENT")).toList();
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += add(file);
    }
    return bytes + add(from.resolve(CHECKPOINT).resolve("CURRENT"));
  }

  private long add(Path file) throws IOException {
    Path copy = to.resolve(String.valueOf(file.getFileName()));
    try {
      Files.createLink(copy, file);
    } catch (IOException | UnsupportedOperationException otherDisk) {
      transfer(file, copy);
    }
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
    Trees.force(copy);
    return Files.size(copy);
  }

  private void transfer(Path file, Path copy) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (in.read(chunk) >= 0) {
        chunk.flip();
        while (chunk.hasRemaining()) {
          out.write(chunk);
        }
        chunk.clear();
        if (stopped.getAsBoolean()) {
          throw new StoreException("the broker stops: the copy to " + to + " was not finished");
        }
      }
    }
  }

  private void empty(boolean remove) throws IOException {
    try (Stream<Path> files = Files.list(to)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    if (remove) {
      Files.delete(to);
    }
  }
}
