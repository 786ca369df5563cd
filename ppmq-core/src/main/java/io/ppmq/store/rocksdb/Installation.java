package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Replaces the database in a data directory by another one. After the death of the process at any
 * moment, the directory has one of the two.
 *
 * <p>The new files are gathered in {@code ppmq.install.new}, which gets the name {@code
 * ppmq.install} when all of it is on the disk. From then on the new one counts: the old files are
 * removed and the new ones linked, if necessary again by the next start, until that directory is
 * gone.
 */
final class Installation {
  private static final String GATHERED = "ppmq.install";
  private static final String GATHERING = GATHERED + ".new";

  /** The files that belong to one database, and not to the directory. */
  private static final Pattern DATABASE_FILES =
      Pattern.compile(
          "[0-9]+\\.(sst|log|dbtmp|blob)|(MANIFEST|OPTIONS)-.*|CURRENT|IDENTITY|ppmq\\.(synced|tables)");

  private final Path directory;

  /** In this data directory. */
  Installation(Path directory) {
    this.directory = directory;
  }

  /** Gathers the files of a database in another directory, which is closed and stays as it is. */
  void gather(Path from) throws IOException {
    Path gathering = directory.resolve(GATHERING);
    Directories.deleteAll(gathering);
    Files.createDirectory(gathering, Directory.ownerOnly());
    for (Path file : databaseFiles(from)) {
      Path link = gathering.resolve(String.valueOf(file.getFileName()));
      link(file, link);
      Files.setPosixFilePermissions(link, PosixFilePermissions.fromString("rw-------"));
    }
    Directories.sync(gathering);
    Files.move(gathering, directory.resolve(GATHERED), StandardCopyOption.ATOMIC_MOVE);
    Directories.force(directory);
  }

  /** A link, or a copy where it lies on another file system. */
  private static void link(Path file, Path link) throws IOException {
    try {
      Files.createLink(link, file);
    } catch (IOException | UnsupportedOperationException otherDisk) {
      Files.copy(file, link);
    }
  }

  /**
   * Replaces the database in the directory, which is closed, by the gathered files; does nothing
   * when there are none.
   */
  void finish() throws IOException {
    Directories.deleteAll(directory.resolve(GATHERING));
    Path gathered = directory.resolve(GATHERED);
    if (!Files.isDirectory(gathered)) {
      return;
    }
    for (Path file : databaseFiles(directory)) {
      Files.delete(file);
    }
    for (Path file : databaseFiles(gathered)) {
      Files.createLink(directory.resolve(String.valueOf(file.getFileName())), file);
    }
    Directories.force(directory);
    Directories.deleteAll(gathered);
    Directories.force(directory);
  }

  private static List<Path> databaseFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> DATABASE_FILES.matcher(String.valueOf(f.getFileName())).matches())
          .toList();
    }
  }
}
