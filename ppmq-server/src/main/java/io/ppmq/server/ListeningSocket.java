package io.ppmq.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.RefusedException;
import io.ppmq.config.Address;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket that this process listens on, and for a unix socket the file it is.
 *
 * <p>A socket file outlives a process that was killed, and taking over one that is in use would cut
 * off whoever uses it. So the file has a lock beside it ({@code <path>.lock}, holding the process
 * id) that dies with its process: only who holds the lock removes a file that was left behind. A
 * file that somebody else listens on without a lock is left alone as well.
 *
 * <p>A socket that this process was started with is used as it is.
 */
public final class ListeningSocket implements AutoCloseable {
  /**
   * Who may connect to a socket that is a file.
   *
   * @param group by name; null for the one that the file was made with, usually the process's
   */
  public record Permit(Set<PosixFilePermission> permissions, @Nullable String group) {}

  /** Connections that may wait to be accepted; the kernel takes the lesser of this and its own. */
  private static final int BACKLOG = 4096;

  private final ServerSocketChannel channel;
  private final @Nullable Path file;
  private final @Nullable Object fileKey;
  private final @Nullable FileChannel lock;
  private @Nullable GroupPrincipal ownGroup;
  private Permit permit;
  private final boolean inherited;

  private ListeningSocket(
      ServerSocketChannel channel,
      @Nullable Path file,
      @Nullable Object fileKey,
      @Nullable FileChannel lock,
      Permit permit,
      boolean inherited) {
    this.channel = channel;
    this.file = file;
    this.fileKey = fileKey;
    this.lock = lock;
    this.permit = permit;
    this.inherited = inherited;
  }

  /**
   * Listens on an address, or goes on with the {@link InheritedSocket} that does.
   *
   * @param name the configuration's name for it, for the reason
   * @param permit who may connect, if it is a file
   * @throws StartException when another process holds it, or it cannot be had
   */
  static ListeningSocket open(String name, Address address, Permit permit) throws StartException {
    ServerSocketChannel handedOver = InheritedSocket.at(name, address);
    return handedOver != null
        ? new ListeningSocket(handedOver, null, null, null, permit, true)
        : openOwn(name, address, permit);
  }

  /** Likewise, on a socket of this process's own. */
  public static ListeningSocket openOwn(String name, Address address, Permit permit)
      throws StartException {
    if (address instanceof Address.Unix unix) {
      return openFile(name, unix, permit);
    }
    try {
      ServerSocketChannel bound = bind(address, StandardProtocolFamily.INET);
      return new ListeningSocket(bound, null, null, null, permit, false);
    } catch (IOException e) {
      String holder =
          e instanceof BindException && address.socketAddress() instanceof InetSocketAddress port
              ? PortHolder.of(port)
              : null;
      throw new StartException(
          holder == null
              ? name + " " + address + " cannot be listened on: " + reason(e)
              : name + " " + address + " is in use: " + holder);
    }
  }

  private static ListeningSocket openFile(String name, Address.Unix unix, Permit permit)
      throws StartException {
    Path file = unix.path();
    FileChannel lock = lock(name, file);
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        removeLeftBehind(name, file);
      }
      ServerSocketChannel channel = bind(unix, StandardProtocolFamily.UNIX);
      return permitted(channel, file, lock, permit);
    } catch (IOException e) {
      closeQuietly(lock);
      throw new StartException(name + " " + file + " cannot be listened on: " + reason(e));
    } catch (StartException e) {
      closeQuietly(lock);
      throw e;
    }
  }

  private static ListeningSocket permitted(
      ServerSocketChannel channel, Path file, FileChannel lock, Permit permit) throws IOException {
    try {
      ListeningSocket socket =
          new ListeningSocket(channel, file, fileKey(file), lock, permit, false);
      socket.give(file, permit);
      return socket;
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** The group first: what a group may do is not for the one before. */
  private void give(Path path, Permit next) throws IOException {
    PosixFileAttributeView attributes =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    String group = next.group();
    if (group != null) {
      if (ownGroup == null) {
        ownGroup = attributes.readAttributes().group();
      }
      setGroup(attributes, group(group));
    } else if (ownGroup != null) {
      setGroup(attributes, ownGroup);
    }
    Files.setPosixFilePermissions(path, next.permissions());
  }

  private static void setGroup(PosixFileAttributeView attributes, GroupPrincipal group)
      throws IOException {
    try {
      attributes.setGroup(group);
    } catch (FileSystemException e) {
      throw new IOException("its group cannot be " + group.getName() + ": " + e.getReason(), e);
    }
  }

  private static GroupPrincipal group(String name) throws IOException {
    try {
      return FileSystems.getDefault()
          .getUserPrincipalLookupService()
          .lookupPrincipalByGroupName(name);
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("there is no group " + name, e);
    }
  }

  /** Who may connect now. */
  Permit permit() {
    return permit;
  }

  /**
   * Has the file other permissions and another group from now on.
   *
   * @throws RefusedException when that cannot be done; nothing was changed
   */
  void apply(Permit next) throws RefusedException {
    if (file == null || next.equals(permit)) {
      return;
    }
    try {
      give(file, next);
      permit = next;
    } catch (IOException e) {
      throw new RefusedException(
          ErrorCode.UNAVAILABLE, file + " cannot be for others: " + reason(e));
    }
  }

  private static ServerSocketChannel bind(Address address, StandardProtocolFamily family)
      throws IOException {
    ServerSocketChannel channel =
        family == StandardProtocolFamily.UNIX
            ? ServerSocketChannel.open(family)
            : ServerSocketChannel.open();
    try {
      if (family != StandardProtocolFamily.UNIX) {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      channel.bind(address.socketAddress(), BACKLOG);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static FileChannel lock(String name, Path file) throws StartException {
    Path path = file.resolveSibling(file.getFileName() + ".lock");
    try {
      FileChannel lock =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (tryLock(lock) == null) {
        String holder = holder(lock);
        lock.close();
        throw new StartException(
            name + " " + file + " is held by process " + holder + ": another ppMQ is running");
      }
      lock.truncate(0);
      lock.write(ByteBuffer.wrap((ownPid() + "\n").getBytes(US_ASCII)), 0);
      return lock;
    } catch (IOException e) {
      throw new StartException(name + " " + file + " cannot be locked: " + reason(e));
    }
  }

  /** This process's id; asking the JDK for it would start a thread that waits for children. */
  private static String ownPid() throws IOException {
    return Path.of("/proc/self").toRealPath().toFile().getName();
  }

  private static @Nullable FileLock tryLock(FileChannel lock) throws IOException {
    try {
      return lock.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another broker within this process
    }
  }

  private static String holder(FileChannel lock) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(20);
    lock.read(text, 0);
    return new String(text.array(), 0, text.position(), US_ASCII).strip();
  }

  private static void removeLeftBehind(String name, Path file) throws IOException, StartException {
    Object type = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    boolean socket = type instanceof Integer mode && (mode & 0170000) == 0140000;
    if (!socket) {
      throw new StartException(name + " " + file + " is there already and is no socket");
    }
    if (isListenedOn(file)) {
      throw new StartException(
          name + " " + file + " is in use: a process of user " + owner(file) + " listens on it");
    }
    Files.delete(file);
  }

  /** Only who is refused knows that nobody listens; where the backlog is full, somebody does. */
  private static boolean isListenedOn(Path file) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(file));
      return true;
    } catch (ConnectException refused) {
      return false;
    } catch (IOException notForUs) {
      return true;
    }
  }

  private static String owner(Path file) throws IOException {
    return Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
  }

  private static @Nullable Object fileKey(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    String name = e.getClass().getSimpleName();
    return message == null
        ? name
        : e instanceof java.nio.file.FileSystemException
            ? name.replace("Exception", "") + " " + message
            : message;
  }

  private static void closeQuietly(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new IllegalStateException("a lock file that does not close", e);
    }
  }

  /** What is to be accepted from; closed with this. */
  public ServerSocketChannel channel() {
    return channel;
  }

  /** Stops listening and removes the file, if it still is the one that was made. */
  @Override
  public void close() throws IOException {
    if (inherited) {
      return; // it stays for the next broker, and ends with the process
    }
    channel.close();
    if (file != null && lock != null) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && Objects.equals(fileKey, fileKey(file))) {
        Files.delete(file);
      }
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".lock"));
      lock.close();
    }
  }
}
