package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The directory that a copy is written to. The owner of the parent directory may replace it at any
 * moment. So it is opened once and checked through the open directory, and everything is made and
 * removed through it; only files that were made here are removed.
 */
final class Destination implements Closeable {
  private static final int CHUNK_BYTES = 1 << 18;
  private static final Object ROOT = 0;

  private final String name;
  private final @Nullable OpenDirectory parent;
  private final OpenDirectory directory;
  private final boolean made;
  private final Map<String, Object> files = new LinkedHashMap<>();

  private Destination(
      String name, @Nullable OpenDirectory parent, OpenDirectory directory, boolean made) {
    this.name = name;
    this.parent = parent;
    this.directory = directory;
    this.made = made;
  }

  /**
   * Opens a directory that is empty, or makes it.
   *
   * @param data the store's own directory, in which no copy may lie
   * @throws StoreException when it cannot be the target of a copy
   */
  static Destination open(Path to, Path data) throws IOException {
    Path above = to.getParent();
    if (!to.isAbsolute() || above == null) {
      throw new StoreException("the copy needs an absolute path, not " + to);
    }
    refuseLinksOfOthers(above, Files.getAttribute(data, "unix:uid"));
    try (OpenDirectory own = OpenDirectory.of(data)) {
      OpenDirectory parent = openIfReadable(above);
      try {
        Destination opened = parent == null ? within(to) : within(to, parent, own);
        opened.check(to, own);
        return opened;
      } catch (IOException | StoreException e) {
        if (parent != null) {
          parent.close();
        }
        throw e;
      }
    }
  }

  /** A user who may change a link could have it lead to another place at any moment. */
  private static void refuseLinksOfOthers(Path above, Object self) throws IOException {
    for (Path at = above; at != null; at = at.getParent()) {
      if (Files.isSymbolicLink(at)) {
        Object owner = Files.getAttribute(at, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(self) && !owner.equals(ROOT)) {
          throw new StoreException(
              at
                  + " is a link of user "
                  + Files.getOwner(at, LinkOption.NOFOLLOW_LINKS).getName()
                  + ", which is not followed");
        }
      }
    }
  }

  /** Null when it may be traversed but not read. */
  private static @Nullable OpenDirectory openIfReadable(Path above) throws IOException {
    try {
      return OpenDirectory.of(above);
    } catch (AccessDeniedException e) {
      return null;
    }
  }

  private static Destination within(Path to, OpenDirectory parent, OpenDirectory data)
      throws IOException {
    if (parent.isWithin(data.key())) {
      throw new StoreException(to + " is within the DataPath " + data);
    }
    String name = String.valueOf(to.getFileName());
    boolean made = parent.key(name) == null;
    if (made) {
      parent.make(name);
    }
    refuseUnlessDirectory(to, parent.isDirectory(name));
    return new Destination(name, parent, parent.child(name), made);
  }

  private static Destination within(Path to) throws IOException {
    if (!Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      throw new StoreException(
          to + " is not there, and the broker may not look into " + to.getParent());
    }
    refuseUnlessDirectory(to, Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS));
    return new Destination(String.valueOf(to.getFileName()), null, OpenDirectory.of(to), false);
  }

  private static void refuseUnlessDirectory(Path to, boolean isDirectory) {
    if (!isDirectory) {
      throw new StoreException(
          to
              + (Files.isSymbolicLink(to)
                  ? " is a link, and no link is followed"
                  : " is not a directory"));
    }
  }

  private void check(Path to, OpenDirectory data) throws IOException {
    String refusal = null;
    if (directory.isWithin(data.key())) {
      refusal = to + " is within the DataPath " + data;
    } else if (!directory.isEmpty()) {
      refusal = to + " is not empty";
    }
    if (refusal != null) {
      directory.close();
      throw new StoreException(refusal);
    }
  }

  /**
   * Adds a file: a link to it, or a copy where it lies on another disk.
   *
   * @return whether all of it is there; false when {@code stopped} became true
   */
  boolean add(Path file, BooleanSupplier stopped) throws IOException {
    String as = String.valueOf(file.getFileName());
    return link(file, as) || transfer(file, as, stopped);
  }

  private boolean link(Path file, String as) throws IOException {
    try {
      directory.link(file, as);
    } catch (IOException | UnsupportedOperationException otherDisk) {
      return false;
    }
    note(as);
    return true;
  }

  private boolean transfer(Path file, String as, BooleanSupplier stopped) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (FileChannel in = FileChannel.open(file);
        FileChannel out = directory.create(as)) {
      note(as);
      while (in.read(chunk) >= 0) {
        chunk.flip();
        while (chunk.hasRemaining()) {
          out.write(chunk);
        }
        chunk.clear();
        if (stopped.getAsBoolean()) {
          return false;
        }
      }
      out.force(true);
      return true;
    }
  }

  private void note(String as) throws IOException {
    Object key = directory.key(as);
    if (key != null) {
      files.put(as, key);
    }
  }

  /** Puts its name and those in it on the disk. */
  void force() throws IOException {
    directory.force();
    if (parent != null) {
      parent.force();
    }
  }

  /** Removes the added files, and the directory if it was made for this. */
  void discard() throws IOException {
    for (Map.Entry<String, Object> file : files.entrySet()) {
      directory.delete(file.getKey(), file.getValue());
    }
    if (made && parent != null && directory.isEmpty()) {
      parent.deleteDirectory(name, directory.key());
    }
  }

  @Override
  public void close() throws IOException {
    directory.close();
    if (parent != null) {
      parent.close();
    }
  }
}
