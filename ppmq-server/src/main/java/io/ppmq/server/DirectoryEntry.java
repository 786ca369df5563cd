package io.ppmq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a directory, read without following a link: its file, its owner, and the rights of
 * others.
 *
 * @param changed the time of the last change of its name, owner or mode
 */
record DirectoryEntry(
    Path path,
    Object device,
    Object inode,
    Object changed,
    int mode,
    UserPrincipal owner,
    GroupPrincipal group) {
  private static final int TYPE = 0170000;
  private static final int LINK = 0120000;
  private static final int DIRECTORY = 0040000;
  private static final int STICKY = 01000;
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final String ROOT = "root";

  static DirectoryEntry of(Path path) throws IOException {
    Map<String, Object> read =
        Files.readAttributes(
            path, "unix:dev,ino,ctime,mode,owner,group", LinkOption.NOFOLLOW_LINKS);
    return new DirectoryEntry(
        path,
        value(read, "dev"),
        value(read, "ino"),
        value(read, "ctime"),
        (Integer) value(read, "mode"),
        (UserPrincipal) value(read, "owner"),
        (GroupPrincipal) value(read, "group"));
  }

  private static Object value(Map<String, Object> read, String name) {
    return Objects.requireNonNull(read.get(name));
  }

  boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  boolean isRoots() {
    return owner.getName().equals(ROOT);
  }

  /**
   * The users besides its owner that may replace entries of this directory; null if no other user
   * may, as in a sticky directory.
   */
  @Nullable String writers() {
    if ((mode & STICKY) != 0) {
      return null;
    }
    if ((mode & OTHERS_WRITE) != 0) {
      return "every user";
    }
    // A user's own group, with the user's name, has no other members.
    boolean own = group.getName().equals(owner.getName());
    return (mode & GROUP_WRITES) != 0 && !own ? "group " + group.getName() : null;
  }

  /** Whether an untrusted user may replace an entry. */
  boolean isChangeable(DirectoryEntry entry, Predicate<DirectoryEntry> trusted) {
    if (!trusted.test(this) || writers() != null) {
      return true;
    }
    boolean shared = (mode & STICKY) != 0 && (mode & (OTHERS_WRITE | GROUP_WRITES)) != 0;
    return shared && !trusted.test(entry);
  }
}
