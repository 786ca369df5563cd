package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The data directory as files: the conditions that must hold before RocksDB may touch it. */
final class Directory {
  private static final int PROBE_BYTES = 4 << 10;

  /** The names of the store's own files in a data directory. */
  private static final Pattern OWN_FILES =
      Pattern.compile(
          "[0-9]+\\.(sst|log|dbtmp|blob)|(MANIFEST|OPTIONS)-.*|CURRENT|IDENTITY|LOCK|LOG(\\.old.*)?"
              + "|ppmq\\.(lock|synced|tables|reserve|admin|probe|token)");

  private static final int OTHERS = 077;

  /** The remedy for damage. */
  static final String HINT = " ('ppmq repair' recovers the readable messages)";

  private Directory() {}

  /**
   * Makes the directory if it does not exist, for its owner only.
   *
   * @throws StoreException when it cannot be used, with the reason
   */
  static void prepare(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      Path repaired = repairing(directory.toAbsolutePath()).resolve("new");
      if (Files.isDirectory(repaired)) {
        throw new StoreException(
            "DataPath " + directory + ": its repair was interrupted: run 'ppmq repair' again");
      }
      create(directory);
    }
    if (!Files.isDirectory(directory)) {
      throw new StoreException("DataPath " + directory + " is not a directory");
    }
    if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
      throw new StoreException("DataPath " + directory + " is not writable");
    }
  }

  private static void create(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null && !Files.exists(parent)) {
      createParents(parent);
    }
    try {
      Files.createDirectory(directory, ownerOnly());
    } catch (FileAlreadyExistsException e) {
      throw new StoreException("DataPath " + directory + " is not a directory", e);
    }
    sync(parent);
  }

  private static void createParents(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null && !Files.exists(parent)) {
      createParents(parent);
    }
    Files.createDirectories(directory);
    sync(parent);
  }

  /**
   * Puts the names in a directory on the disk. Without its own name on the disk, a loss of power
   * would take everything that was synced in it.
   */
  static void sync(@Nullable Path directory) throws IOException {
    if (directory != null && Files.isReadable(directory)) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** The sentence for damage: the place, the damage, and the remedy. */
  static StoreException damaged(Path directory, String what) {
    return damaged(directory, what, null);
  }

  /** The sentence for damage that another component has found. */
  static StoreException damaged(Path directory, String what, @Nullable Throwable cause) {
    return StoreException.damage("DataPath " + directory + ": " + what + HINT, cause);
  }

  /** For a directory that only its owner may enter, where the file system has permissions. */
  static FileAttribute<?>[] ownerOnly() {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
    };
  }

  /**
   * Removes the right of all other users to read files that an earlier version, or a process with
   * another umask, left open to them. Files made from now on have the umask of this process.
   */
  static void closeToOthers(Path directory, Consumer<String> warnings) throws IOException {
    if (ownerOnly().length == 0) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        closeFile(file, warnings);
      }
    }
  }

  private static void closeFile(Path file, Consumer<String> warnings) {
    if (!OWN_FILES.matcher(String.valueOf(file.getFileName())).matches()
        || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & OTHERS) != 0) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      }
    } catch (IOException e) {
      warnings.accept(file + " stays open to other users: " + e.getMessage());
    }
  }

  /** The directory for the repair of a directory, beside it. */
  static Path repairing(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".repairing");
  }

  /**
   * Whether there is no store in the directory yet.
   *
   * @throws StoreException when there is one without its table of contents, over which RocksDB
   *     would begin a new one
   */
  static boolean isNew(Path directory) throws IOException {
    Path current = directory.resolve("CURRENT");
    if (!Files.exists(current)) {
      if (bytes(directory, ".sst") > 0 || bytes(directory, ".log") > 0) {
        throw damaged(directory, "the file CURRENT is missing");
      }
      return true;
    }
    String manifest = current(directory);
    if (!manifest.matches("MANIFEST-[0-9]+\n")) {
      throw damaged(directory, "the file CURRENT is damaged");
    }
    if (!Files.exists(directory.resolve(manifest.strip()))) {
      throw damaged(directory, "the file " + manifest.strip() + " is missing");
    }
    return false;
  }

  /** Tests whether a file can be written and put on the disk. */
  static void probe(Path directory) throws IOException {
    Path file = directory.resolve("ppmq.probe");
    Files.deleteIfExists(file);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW, // which follows no link
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      ByteBuffer bytes = ByteBuffer.allocate(PROBE_BYTES);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** The present list of tables. Only if there is a store. */
  static Path manifest(Path directory) throws IOException {
    return directory.resolve(current(directory).strip());
  }

  private static String current(Path directory) throws IOException {
    return Files.readString(currentFile(directory), ISO_8859_1);
  }

  /** The file that names the MANIFEST. */
  static Path currentFile(Path directory) {
    return directory.resolve("CURRENT");
  }

  /**
   * The size of the files with this suffix, in bytes; files that vanish meanwhile count as empty.
   */
  static long bytes(Path directory, String suffix) {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + suffix)) {
      for (Path file : files) {
        bytes += bytes(file);
      }
    } catch (NoSuchFileException vanished) {
      return 0;
    } catch (IOException e) {
      throw StoreException.refused("DataPath " + directory + " cannot be listed", e);
    }
    return bytes;
  }

  private static long bytes(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException vanished) {
      return 0;
    }
  }
}
