package io.ppmq.config;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * The users that may open a unix socket: the permissions of its file, of which only the right to
 * write has an effect.
 *
 * @param bits as {@code chmod} has them, 0 to 0777
 */
public record SocketMode(int bits) {
  /** The default for the broker's socket: the owner and the group. */
  public static final SocketMode DEFAULT = new SocketMode(0660);

  /** The default for the admin socket: the owner. */
  public static final SocketMode ADMIN_DEFAULT = new SocketMode(0600);

  private static final int BITS_MAX = 0777;

  /** From the lowest bit on. */
  private static final PosixFilePermission[] PERMISSIONS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  /** Refuses other bits with an {@link IllegalArgumentException}. */
  public SocketMode {
    Checks.range("mode", bits, 0, BITS_MAX);
  }

  /**
   * Reads digits as {@code chmod} does, always as octal: {@code 660} is {@code 0660}.
   *
   * @throws IllegalArgumentException when it is something else, with a message that quotes it
   */
  static SocketMode parse(String text) {
    if (!text.matches("0?[0-7]{1,3}")) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " must be an octal mode from 0 to 0777, such as 0660");
    }
    return new SocketMode(Integer.parseInt(text, 8));
  }

  /** The permissions in the form of the file system. */
  public Set<PosixFilePermission> permissions() {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < PERMISSIONS.length; i++) {
      if ((bits >> i & 1) == 1) {
        permissions.add(PERMISSIONS[i]);
      }
    }
    return permissions;
  }

  /** Whether the group of the file may connect. */
  boolean admitsGroup() {
    return (bits & 0020) != 0;
  }

  /** Whether every user may connect. */
  boolean admitsOthers() {
    return (bits & 0002) != 0;
  }

  /** Four octal digits. */
  @Override
  public String toString() {
    return String.format("%04o", bits);
  }
}
