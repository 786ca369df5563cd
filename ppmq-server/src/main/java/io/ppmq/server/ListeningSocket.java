package io.ppmq.server;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.Address;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket that this process listens on, with the file of a unix socket.
 *
 * <p>A socket file outlives a killed process, and to replace one in use would cut off its clients.
 * So only the holder of its {@link SocketLock} removes a file that was left behind. A file on which
 * another process listens without a lock is not touched either.
 *
 * <p>A socket that this process was started with is used unchanged.
 */
public final class ListeningSocket implements AutoCloseable {
  /**
   * The users that may connect to a socket that is a file.
   *
   * @param group its name; null for the group that the file was made with, usually the process's
   */
  public record Permit(Set<PosixFilePermission> permissions, @Nullable String group) {}

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final String name;
  private final @Nullable SocketFile file;
  private final boolean inherited;
  private ServerSocketChannel channel;
  private @Nullable SocketLock lock;
  private Permit permit;
  private @Nullable String complaint;

  private ListeningSocket(
      String name,
      ServerSocketChannel channel,
      @Nullable SocketFile file,
      @Nullable SocketLock lock,
      Permit permit,
      boolean inherited) {
    this.name = name;
    this.channel = channel;
    this.file = file;
    this.lock = lock;
    this.permit = permit;
    this.inherited = inherited;
  }

  /**
   * Listens on an address, or uses an {@link InheritedSocket} of that address.
   *
   * @param name the configuration's name for it, for the reason
   * @param permit the users that may connect, if it is a file
   * @throws StartException if another process holds it, or it cannot be used
   */
  static ListeningSocket open(String name, Address address, Permit permit) throws StartException {
    ServerSocketChannel handedOver = InheritedSocket.at(name, address);
    if (handedOver == null) {
      return openOwn(name, address, permit);
    }
    try {
      SocketFile file = address instanceof Address.Unix at ? new SocketFile(name, at.path()) : null;
      if (file != null) {
        file.made();
      }
      return new ListeningSocket(name, handedOver, file, null, permit, true);
    } catch (IOException e) {
      throw new StartException(
          name + " " + address + " was handed over, and is gone: " + IoReason.of(e));
    }
  }

  /** Listens on a socket of this process's own. */
  public static ListeningSocket openOwn(String name, Address address, Permit permit)
      throws StartException {
    if (address instanceof Address.Unix unix) {
      return openFile(name, unix, permit);
    }
    try {
      ServerSocketChannel bound = bind(address, StandardProtocolFamily.INET);
      return new ListeningSocket(name, bound, null, null, permit, false);
    } catch (IOException e) {
      String holder =
          e instanceof BindException && address.socketAddress() instanceof InetSocketAddress port
              ? PortHolder.of(port)
              : null;
      throw new StartException(
          holder == null
              ? name + " " + address + " cannot be listened on: " + IoReason.of(e)
              : name + " " + address + " is in use: " + holder);
    }
  }

  private static ListeningSocket openFile(String name, Address.Unix unix, Permit permit)
      throws StartException {
    SocketFile file = new SocketFile(name, unix.path());
    file.makeDirectory();
    SocketLock lock = SocketLock.take(name, unix.path());
    try {
      return new ListeningSocket(name, bind(file, permit), file, lock, permit, false);
    } catch (IOException e) {
      closeQuietly(lock);
      throw new StartException(file + " cannot be listened on: " + IoReason.of(e));
    } catch (StartException e) {
      closeQuietly(lock);
      throw e;
    }
  }

  private static ServerSocketChannel bind(SocketFile file, Permit permit)
      throws IOException, StartException {
    file.removeLeftBehind();
    ServerSocketChannel channel = bind(new Address.Unix(file.path()), StandardProtocolFamily.UNIX);
    try {
      file.made();
      file.give(permit);
      return channel;
    } catch (IOException e) {
      channel.close();
      file.delete();
      throw e;
    }
  }

  /** The users that may connect now. */
  synchronized Permit permit() {
    return permit;
  }

  /**
   * Sets the permissions and the group of the file.
   *
   * @throws RefusedException if that fails; nothing was changed
   */
  public synchronized void apply(Permit next) throws RefusedException {
    if (file == null || inherited || next.equals(permit)) {
      return;
    }
    try {
      if (file.isThere()) {
        file.give(next);
      }
      permit = next;
    } catch (IOException e) {
      throw new RefusedException(
          ErrorCode.UNAVAILABLE,
          file.path() + " cannot be opened to other users: " + IoReason.of(e));
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
      channel.bind(address.socketAddress(), Backlog.PLACES);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static void closeQuietly(AutoCloseable opened) {
    try {
      opened.close();
    } catch (Exception e) {
      LOG.debug("not closed: {}", e.getMessage());
    }
  }

  /** The channel to accept from; closing this closes it. */
  public synchronized ServerSocketChannel channel() {
    return channel;
  }

  // ---- while it listens -----------------------------------------------------------------------

  /**
   * Checks whether the file still exists. If it was removed, listens on a new one as soon as its
   * path is free, and logs that once; an inherited socket is its owner's to renew. Any thread,
   * about once a second.
   *
   * @param makeDirectory whether to make a missing directory
   * @return the new channel to accept from; the caller must then close the old one. Null if nothing
   *     has changed
   */
  public synchronized @Nullable ServerSocketChannel renew(boolean makeDirectory) {
    if (file == null || !channel.isOpen() || file.isThere()) {
      complaint = null;
      return null;
    }
    try {
      if (inherited) {
        throw new StartException(
            "systemd has to bind it again ('systemctl restart' the .socket unit)");
      }
      return bindAgain(file, makeDirectory);
    } catch (StartException e) {
      complain(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      complain(IoReason.of(e));
    }
    return null;
  }

  private ServerSocketChannel bindAgain(SocketFile at, boolean makeDirectory)
      throws IOException, StartException {
    Path directory = at.directory();
    if (makeDirectory) {
      at.makeDirectory();
    } else if (directory == null || !Files.isDirectory(directory)) {
      throw new StartException("the directory " + directory + " is missing");
    }
    if (lock == null || !lock.isThere()) {
      SocketLock taken = SocketLock.take(name, at.path());
      if (lock != null) {
        lock.close();
      }
      lock = taken;
    }
    channel = bind(at, permit);
    complaint = null;
    LOG.warn("{} was removed, and is bound again", at);
    return channel;
  }

  private void complain(String reason) {
    if (!reason.equals(complaint)) {
      LOG.warn("{} was removed, no client can connect: {}", file, reason);
    }
    complaint = reason;
  }

  /** Stops listening and removes the file, if it is still the one that was made. */
  @Override
  public synchronized void close() throws IOException {
    if (inherited) {
      return; // it stays for the next broker, and closes with the process
    }
    channel.close();
    if (file != null && lock != null) {
      file.delete();
      lock.close();
    }
  }
}
