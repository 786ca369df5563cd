package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.server.ListeningSocket.Permit;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a unix socket: its directory, its permissions, and whether it still exists. */
final class SocketFile {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private static final Set<PosixFilePermission> DIRECTORY_MODE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final String name;
  private final Path path;
  private @Nullable Object inode;
  private @Nullable GroupPrincipal ownGroup;

  /**
   * The file at a path, which need not exist yet.
   *
   * @param name the configuration's name for the socket, for reasons
   */
  SocketFile(String name, Path path) {
    this.name = name;
    this.path = path;
  }

  Path path() {
    return path;
  }

  @Nullable Path directory() {
    return path.toAbsolutePath().getParent();
  }

  /** Remembers the file that exists now. */
  void made() throws IOException {
    inode = Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    ownGroup = null;
  }

  /** Whether the file that was {@link #made} still exists. */
  boolean isThere() {
    try {
      return Objects.equals(inode, Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes the file if it is still the one that was {@link #made}. */
  void delete() throws IOException {
    if (isThere()) {
      Files.deleteIfExists(path);
    }
  }

  // ---- before it is made ----------------------------------------------------------------------

  /** Makes a missing directory, and those above it, readable for all users. */
  void makeDirectory() throws StartException {
    makeDirectory(directory());
  }

  private void makeDirectory(@Nullable Path directory) throws StartException {
    if (directory == null || Files.exists(directory)) {
      return;
    }
    makeDirectory(directory.getParent());
    try {
      Files.createDirectory(directory);
      Files.setPosixFilePermissions(directory, DIRECTORY_MODE); // whatever the umask is
    } catch (FileAlreadyExistsException e) {
      LOG.debug("{} was made by another process", directory);
    } catch (IOException e) {
      throw new StartException(
          name + ": the directory " + directory + " cannot be made: " + IoReason.of(e));
    }
  }

  /**
   * Removes the file of a socket without a listening process.
   *
   * @throws StartException if it is something else, or a process listens
   */
  void removeLeftBehind() throws IOException, StartException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object type = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    boolean socket = type instanceof Integer mode && (mode & 0170000) == 0140000;
    if (!socket) {
      throw new StartException(name + " " + path + " exists and is not a socket");
    }
    if (isListenedOn(path)) {
      throw new StartException(
          name + " " + path + " is in use: a process of user " + owner(path) + " listens on it");
    }
    Files.delete(path);
  }

  /** Only a refused connection shows that no process listens; with a full backlog one does. */
  private static boolean isListenedOn(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(new Address.Unix(path).socketAddress());
      return true;
    } catch (ConnectException refused) {
      return false;
    } catch (IOException notForUs) {
      return true;
    }
  }

  private static String owner(Path path) throws IOException {
    return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName();
  }

  // ---- whom it is for -------------------------------------------------------------------------

  /** Sets the group first: the new permissions are not meant for the old group. */
  void give(Permit next) throws IOException {
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
    // A socket cannot be opened, and no other call changes a mode without following links.
    Files.setPosixFilePermissions(path, next.permissions());
    if (!isThere()) {
      throw new IOException("another process removed it meanwhile");
    }
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

  @Override
  public String toString() {
    return name + " " + path;
  }
}
