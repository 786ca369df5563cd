package io.ppmq.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.system.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right to the file of a socket: a lock on the file {@code <path>.lock} beside it, which holds
 * the process id and dies with its process. Other users may be able to write to the directory, so
 * the lock must not be a symbolic or hard link to another file.
 */
final class SocketLock implements AutoCloseable {
  private static final int PID_BYTES_MAX = 20;
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;

  private final Path path;
  private final FileChannel channel;
  private final Object inode;

  private SocketLock(Path path, FileChannel channel, Object inode) {
    this.path = path;
    this.channel = channel;
    this.inode = inode;
  }

  /**
   * Takes the lock.
   *
   * @param name the configuration's name for the socket, for the reason
   * @throws StartException if another process holds it, or it cannot be taken
   */
  static SocketLock take(String name, Path socket) throws StartException {
    Path path = socket.resolveSibling(socket.getFileName() + ".lock");
    try {
      FileChannel channel = open(path);
      try {
        return take(name, socket, path, channel);
      } catch (IOException | StartException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new StartException(name + " " + socket + " cannot be locked: " + IoReason.of(e));
    }
  }

  private static FileChannel open(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      throw new IOException(path + " is a link, which is not followed: remove it");
    }
    return FileChannel.open(
        path,
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        LinkOption.NOFOLLOW_LINKS);
  }

  private static SocketLock take(String name, Path socket, Path path, FileChannel channel)
      throws IOException, StartException {
    if (tryLock(channel) == null) {
      throw new StartException(
          name
              + " "
              + socket
              + " is held by process "
              + holder(channel)
              + ": another ppMQ is running");
    }
    Map<String, Object> found =
        Files.readAttributes(path, "unix:ino,nlink,mode", LinkOption.NOFOLLOW_LINKS);
    boolean regular = found.get("mode") instanceof Integer mode && (mode & TYPE) == REGULAR;
    if (!regular || !Integer.valueOf(1).equals(found.get("nlink"))) {
      throw new IOException(path + " is not a file of this broker's alone: remove it");
    }
    channel.truncate(0);
    channel.write(ByteBuffer.wrap((ownPid() + "\n").getBytes(US_ASCII)), 0);
    return new SocketLock(path, channel, Objects.requireNonNull(found.get("ino")));
  }

  /** The id of this process. The JDK's method would start a thread that waits for children. */
  private static String ownPid() throws IOException {
    return Path.of("/proc/self").toRealPath().toFile().getName();
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another broker in this process holds it
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(PID_BYTES_MAX);
    channel.read(text, 0);
    return new String(text.array(), 0, text.position(), US_ASCII).strip();
  }

  /** Whether the file still exists; if not, another process may have locked a new one. */
  boolean isThere() {
    try {
      return inode.equals(Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes the file, if it is still the locked one, and releases the lock. */
  @Override
  public void close() throws IOException {
    if (isThere()) {
      Files.deleteIfExists(path);
    }
    channel.close();
  }
}
