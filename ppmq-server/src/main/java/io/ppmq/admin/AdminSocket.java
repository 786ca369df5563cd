package io.ppmq.admin;

import io.ppmq.config.Address;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The socket that the admin interface listens on, and the file that names it. A file that is there
 * already is replaced only when it is a socket on which nobody listens.
 */
final class AdminSocket implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final String MODE = "rw-rw----";
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private final ServerSocketChannel channel;
  private final @Nullable Path file;
  private final @Nullable Object fileKey;

  private AdminSocket(ServerSocketChannel channel, @Nullable Path file, @Nullable Object fileKey) {
    this.channel = channel;
    this.file = file;
    this.fileKey = fileKey;
  }

  /**
   * Binds and listens.
   *
   * @throws BindException when that cannot be done; nothing was changed
   */
  static AdminSocket open(Address address) throws IOException {
    if (!(address instanceof Address.Unix unix)) {
      return new AdminSocket(bind(address, ServerSocketChannel.open()), null, null);
    }
    removeStale(unix);
    ServerSocketChannel channel =
        bind(address, ServerSocketChannel.open(StandardProtocolFamily.UNIX));
    Path file = unix.path();
    AdminSocket socket = new AdminSocket(channel, file, fileKey(file));
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(MODE));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static ServerSocketChannel bind(Address address, ServerSocketChannel channel)
      throws IOException {
    try {
      return channel.bind(address.socketAddress(), BACKLOG);
    } catch (IOException e) {
      channel.close();
      throw failure("cannot listen on " + address + ": " + e.getMessage(), e);
    }
  }

  private static void removeStale(Address.Unix address) throws IOException {
    Path file = address.path();
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object mode = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if (((Integer) mode & FILE_TYPE) != SOCKET) {
      throw new BindException(file + " exists and is not a socket");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(address.socketAddress());
    } catch (ConnectException e) {
      Files.deleteIfExists(file); // refused: nobody listens
      return;
    } catch (SocketException e) {
      throw failure(file + " is in use", e); // a full backlog, or not for us to ask
    }
    throw new BindException(file + " is in use: somebody listens there");
  }

  private static BindException failure(String sentence, Throwable cause) {
    BindException failure = new BindException(sentence);
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

  /** Stops listening and removes the file, if it is still the one that was made here. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (file != null
        && Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && Objects.equals(fileKey, fileKey(file))) {
      Files.delete(file);
    }
  }
}
