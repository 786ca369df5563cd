package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * The program's own files beside the database. They are never links: a user who may write to the
 * directory could otherwise make the broker overwrite another file of its own user.
 */
final class OwnFile {
  private OwnFile() {}

  /**
   * Whether the file exists.
   *
   * @throws StoreException when something else has its name
   */
  static boolean isThere(Path path) throws IOException {
    try {
      if (attributes(path).isRegularFile()) {
        return true;
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    throw new StoreException(path + " is a link, or not a regular file: remove it");
  }

  /** Its size in bytes; 0 if it does not exist. Anything else with its name is removed. */
  static long bytesOrRemoved(Path path) throws IOException {
    try {
      BasicFileAttributes found = attributes(path);
      if (found.isRegularFile()) {
        return found.size();
      }
      Files.delete(path);
    } catch (NoSuchFileException e) {
      return 0;
    }
    return 0;
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Opens it for reading and writing, and makes it if it does not exist. */
  static FileChannel open(Path path) throws IOException {
    isThere(path); // with a sentence, where the system would only refuse
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    return FileChannel.open(path, options);
  }
}
