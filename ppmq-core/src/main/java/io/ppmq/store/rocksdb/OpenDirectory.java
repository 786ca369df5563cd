package io.ppmq.store.rocksdb;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open directory, which stays the same even if its name changes. Names in it are simple names,
 * and links are never followed.
 *
 * <p>The JDK cannot make or link files relative to an open directory. Linux has another name for
 * one, {@code /proc/self/fd/N}, that leads to it and nowhere else.
 */
final class OpenDirectory implements Closeable {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final Path path;
  private final SecureDirectoryStream<Path> stream;
  private final Object key;

  private OpenDirectory(Path path, DirectoryStream<Path> opened) throws IOException {
    this.path = path;
    if (!(opened instanceof SecureDirectoryStream<Path> secure)) {
      throw new IOException("this system has no directories that stay the same");
    }
    this.stream = secure;
    this.key =
        Objects.requireNonNull(
            secure.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey());
  }

  /** Opens the directory that a path leads to now; links are followed. */
  @SuppressWarnings("StreamResourceLeak") // closed with what is returned
  static OpenDirectory of(Path path) throws IOException {
    return opened(path, Files.newDirectoryStream(path));
  }

  /** Opens a directory in this one. */
  OpenDirectory child(String name) throws IOException {
    return opened(
        path.resolve(name), stream.newDirectoryStream(Path.of(name), LinkOption.NOFOLLOW_LINKS));
  }

  private static OpenDirectory opened(Path path, DirectoryStream<Path> stream) throws IOException {
    try {
      return new OpenDirectory(path, stream);
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /** Device and inode. */
  Object key() {
    return key;
  }

  /** Device and inode of the file with a name here; null when there is none. */
  @Nullable Object key(String name) throws IOException {
    try {
      return attributes(name).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  boolean isDirectory(String name) throws IOException {
    return attributes(name).isDirectory();
  }

  private BasicFileAttributes attributes(String name) throws IOException {
    return stream
        .getFileAttributeView(
            Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  boolean isEmpty() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(descriptor())) {
      return !files.iterator().hasNext();
    }
  }

  /** Whether it is the directory of this key, or is anywhere below it. */
  boolean isWithin(Object other) throws IOException {
    Path at = descriptor();
    Object below = null;
    Object here = keyOf(at);
    while (!here.equals(below)) { // the root is its own parent
      if (here.equals(other)) {
        return true;
      }
      below = here;
      at = at.resolve("..");
      here = keyOf(at);
    }
    return false;
  }

  // ---- changes --------------------------------------------------------------------------------

  /** Makes a directory in this one, for its owner alone. */
  void make(String name) throws IOException {
    Files.createDirectory(descriptor().resolve(name), Directory.ownerOnly());
  }

  /** Gives a file another name in this directory. */
  void link(Path file, String name) throws IOException {
    Files.createLink(descriptor().resolve(name), file);
  }

  /** Makes a file in this directory, for its owner alone, to be written. */
  FileChannel create(String name) throws IOException {
    return (FileChannel)
        stream.newByteChannel(
            Path.of(name),
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Removes a file, if it still is the one of this key. */
  void delete(String name, @Nullable Object fileKey) throws IOException {
    if (fileKey != null && fileKey.equals(key(name))) {
      stream.deleteFile(Path.of(name));
    }
  }

  /** Removes an empty directory, if it still is the one of this key. */
  void deleteDirectory(String name, Object directoryKey) throws IOException {
    if (directoryKey.equals(key(name))) {
      stream.deleteDirectory(Path.of(name));
    }
  }

  /** Puts the names in it on the disk. */
  void force() throws IOException {
    try (FileChannel channel = FileChannel.open(descriptor(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Another name, which leads to this directory as long as it is open. */
  private Path descriptor() throws IOException {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        if (Files.isDirectory(descriptor) && key.equals(keyOf(descriptor))) {
          return descriptor;
        }
      }
    }
    throw new IOException(DESCRIPTORS + " does not show " + path);
  }

  private static Object keyOf(Path path) throws IOException {
    return Objects.requireNonNull(Files.readAttributes(path, BasicFileAttributes.class).fileKey());
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
