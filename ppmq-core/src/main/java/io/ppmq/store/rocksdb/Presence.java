package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Checks whether the data directory is still where it was opened, with the files that the next
 * start needs, and notes damage of its content. An open database goes on without its directory: it
 * writes to files without a name, and confirmed data is lost. A directory that was moved away and
 * comes back is the same one again. For any thread.
 */
final class Presence {
  private final Path directory;
  private final Path lock;
  private final Object directoryKey;
  private final Object lockKey;
  private volatile @Nullable String loss;
  private volatile @Nullable String damage;

  /** For a directory that this process has locked. */
  Presence(Path directory) throws IOException {
    this.directory = directory;
    this.lock = directory.resolve(DirectoryLock.FILE);
    this.directoryKey = Objects.requireNonNull(key(directory, false));
    this.lockKey = Objects.requireNonNull(key(lock, true));
  }

  /** The missing files at the last check, in one sentence; null when none is missing. */
  @Nullable String loss() {
    return loss;
  }

  /** The first damage that was noted, in one sentence; null for none. */
  @Nullable String damage() {
    return damage;
  }

  /** The cause of a failure of the database: something is missing, or damaged, or refused. */
  StoreException reason(RocksDBException e) {
    String found = look();
    return found == null ? noted(Engine.refused(directory, e)) : new StoreException(found, e);
  }

  /** Notes a failure if it is damage; the same failure. */
  StoreException noted(StoreException failure) {
    if (failure.isDamage() && damage == null) {
      damage = failure.sentence();
    }
    return failure;
  }

  /**
   * Checks whether the lock exists, which is cheap and nearly always enough.
   *
   * @throws StoreException when something is missing
   */
  void check() {
    if (loss != null || !lockKey.equals(keyIfThere(lock, true))) {
      checkAll();
    }
  }

  /**
   * Checks every file that a start needs.
   *
   * @throws StoreException when something is missing
   */
  void checkAll() {
    String found = look();
    if (found != null) {
      throw new StoreException(found);
    }
  }

  /** Checks the same files; returns the missing ones, null when none is. */
  @Nullable String look() {
    loss = find();
    return loss;
  }

  private @Nullable String find() {
    Object now = keyIfThere(directory, false);
    if (now == null) {
      return "DataPath " + directory + " is missing: it was moved or removed";
    }
    if (!now.equals(directoryKey)) {
      return "DataPath " + directory + " is not the directory that was opened: put that back";
    }
    if (!lockKey.equals(keyIfThere(lock, true))) {
      return lacks("its file " + DirectoryLock.FILE);
    }
    try {
      if (!Files.isRegularFile(Directory.currentFile(directory))) {
        return lacks("its file CURRENT");
      }
      if (!Files.exists(Directory.manifest(directory))) {
        return lacks("its MANIFEST");
      }
      try (DirectoryStream<Path> logs = Files.newDirectoryStream(directory, "*.log")) {
        return logs.iterator().hasNext() ? null : lacks("its .log file");
      }
    } catch (IOException e) {
      return loss; // too many open files, say: what cannot be looked at is as it was
    }
  }

  private String lacks(String what) {
    return "DataPath "
        + directory
        + " lacks "
        + what
        + ": it was removed while the broker ran; put it back, or restart the broker";
  }

  private static @Nullable Object keyIfThere(Path path, boolean own) {
    try {
      return key(path, own);
    } catch (IOException e) {
      return null;
    }
  }

  /** Device and inode; of a link itself where the name is the store's own. */
  private static @Nullable Object key(Path path, boolean own) throws IOException {
    return own
        ? Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey()
        : Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }
}
