package io.ppmq.cli.option;

import io.ppmq.config.Address;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import org.jspecify.annotations.Nullable;

/** Advice about a socket that refuses connections. */
final class Advice {
  /** No user is advised to join its group. */
  private static final String ROOT = "root";

  private Advice() {}

  /** The same failure, with advice at the end of its sentence. */
  static ConnectException added(ConnectException e, Address address) {
    ConnectException advised = new ConnectException(e.getMessage() + "; " + of(address));
    advised.initCause(e);
    return advised;
  }

  /** Fails if this user may not open the socket, even if no broker listens there now. */
  static void refuseIfClosed(Address address) throws ConnectException {
    String advice = address instanceof Address.Unix unix ? closed(unix.path()) : null;
    if (advice != null) {
      throw new ConnectException(
          "the broker at " + address + " is not reachable: Permission denied; " + advice);
    }
  }

  private static String of(Address address) {
    String closed = address instanceof Address.Unix unix ? closed(unix.path()) : null;
    return closed == null ? "is the broker running?" : closed;
  }

  /** The users that may use the socket; null if this user may, or there is no socket. */
  private static @Nullable String closed(Path socket) {
    Path directory = socket.toAbsolutePath().getParent();
    if (Files.exists(socket)) {
      return Files.isWritable(socket) ? null : opened(socket, PosixFilePermission.GROUP_WRITE);
    }
    for (Path path = directory; path != null; path = path.getParent()) {
      if (Files.isDirectory(path)) {
        return Files.isExecutable(path) ? null : opened(path, PosixFilePermission.GROUP_EXECUTE);
      }
    }
    return null;
  }

  private static @Nullable String opened(Path path, PosixFilePermission ofGroup) {
    try {
      PosixFileAttributes found =
          Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      String owner = found.owner().getName();
      String asOwner =
          owner.equals(ROOT) ? "do this as root" : "do this as user " + owner + " or root";
      String group = found.group().getName();
      boolean groupMay = found.permissions().contains(ofGroup) && !group.equals(ROOT);
      return groupMay ? "join group " + group + " and log in again, or " + asOwner : asOwner;
    } catch (IOException e) {
      return null;
    }
  }
}
