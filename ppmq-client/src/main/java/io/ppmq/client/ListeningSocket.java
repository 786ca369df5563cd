package io.ppmq.client;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A socket that listens for the broker, and the file that names it.
 *
 * <p>The file of a unix socket outlives its process. A file that exists may be stale, and is then
 * replaced; a live one is never taken. Two checks decide. A lock on {@code PATH.lock} decides
 * between programs that use this class, even when they start at the same moment. A refused connect
 * decides for all other programs. The lock file is empty and stays, because removing it would let
 * two programs each lock a file of that name. Other users may be able to write to the directory, so
 * the lock file must not be a link.
 */
final class ListeningSocket implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final int REGULAR = 0100000;

  private final ServerSocketChannel channel;
  private final @Nullable Path file;
  private final @Nullable Object fileKey;
  private final @Nullable FileChannel lock;

  private ListeningSocket(
      ServerSocketChannel channel,
      @Nullable Path file,
      @Nullable Object fileKey,
      @Nullable FileChannel lock) {
    this.channel = channel;
    this.file = file;
    this.fileKey = fileKey;
    this.lock = lock;
  }

  /**
   * Takes a channel that already listens; its file, if any, belongs to the program that made it.
   */
  static ListeningSocket of(ServerSocketChannel channel) throws IOException {
    if (channel.getLocalAddress() == null) {
      throw new IllegalArgumentException("the channel does not listen yet");
    }
    return new ListeningSocket(channel, null, null, null);
  }

  /** A step that runs before anybody can connect. */
  interface Preparation {
    void run() throws IOException;
  }

  /**
   * Binds and listens.
   *
   * @param before runs once nothing prevents the socket any more
   * @throws BindException when another process listens there, or the path names a file that is not
   *     a socket; nothing was changed
   */
  static ListeningSocket open(Address address, Preparation before) throws IOException {
    if (address.isTcp()) {
      before.run();
      return new ListeningSocket(bind(address), null, null, null);
    }
    Path file = Path.of(address.text());
    FileChannel lock = lock(file);
    try {
      removeStale(address, file);
      before.run();
      ServerSocketChannel channel = bind(address);
      return new ListeningSocket(channel, file, fileKey(file), lock);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    Path path = file.resolveSibling(file.getFileName() + ".lock");
    if (Files.isSymbolicLink(path)) {
      throw new BindException(path + " is a link, which is not followed: remove it");
    }
    FileChannel lock =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    boolean locked = false;
    try {
      locked = lock.tryLock() != null && isOwn(path);
    } catch (OverlappingFileLockException e) {
      throw inUse(file, e); // this process holds the lock
    } finally {
      if (!locked) {
        lock.close();
      }
    }
    if (!locked) {
      throw isOwn(path)
          ? inUse(file, null)
          : new BindException(path + " is not a regular file, or has a second name: remove it");
    }
    return lock;
  }

  /** Whether the path is a regular file with exactly one name. */
  private static boolean isOwn(Path path) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(path, "unix:mode,nlink", LinkOption.NOFOLLOW_LINKS);
    return found.get("mode") instanceof Integer mode
        && (mode & FILE_TYPE) == REGULAR
        && Integer.valueOf(1).equals(found.get("nlink"));
  }

  private static void removeStale(Address address, Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object mode = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if (((Integer) mode & FILE_TYPE) != SOCKET) {
      throw new BindException(file + " exists and is not a socket");
    }
    try (SocketChannel probe = address.openChannel()) {
      probe.configureBlocking(false);
      probe.connect(address.resolve());
    } catch (ConnectException e) {
      Files.deleteIfExists(file); // refused: no process listens
      return;
    } catch (SocketException e) {
      throw inUse(file, e); // a full backlog, or no permission to ask: not ours to take
    }
    throw inUse(file, null);
  }

  private static ServerSocketChannel bind(Address address) throws IOException {
    ServerSocketChannel channel = address.openServerChannel();
    try {
      return channel.bind(address.resolve(), BACKLOG);
    } catch (IOException e) {
      channel.close();
      BindException failure =
          new BindException("cannot listen on " + address + ": " + e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }

  private static BindException inUse(Path file, @Nullable Throwable cause) {
    BindException failure =
        new BindException(file + " is in use: another subscriber listens there");
    failure.initCause(cause);
    return failure;
  }

  private static @Nullable Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  ServerSocketChannel channel() {
    return channel;
  }

  /** Stops listening and removes the socket's file, unless it has been replaced since. */
  @Override
  public synchronized void close() throws IOException {
    if (lock == null || file == null) {
      channel.close();
      return;
    }
    if (!lock.isOpen()) {
      return;
    }
    try (lock;
        channel) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && Objects.equals(fileKey, fileKey(file))) {
        Files.delete(file);
      }
    }
  }
}
