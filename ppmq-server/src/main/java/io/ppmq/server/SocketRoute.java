package io.ppmq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The route of a path to a socket, entry by entry. A connection does not tell through which file it
 * was made, so the broker reads the route before and after, and both must be the same. If others
 * may change an entry, the time of its last change must also be the same, since the entry could
 * have been replaced and put back in between; a link that others may change is a fault.
 *
 * @param entries the entries that must be the same, in the order of the path
 * @param end the socket
 * @param fault why the route cannot be trusted, however often it is read; null if it can
 */
record SocketRoute(List<Object> entries, DirectoryEntry end, @Nullable String fault) {
  private static final int LINKS_MAX = 40;

  /**
   * The kernel's clock for changes has steps of up to 10 ms; two changes within a step look the
   * same.
   */
  private static final long SETTLED_MILLIS = 20;

  /**
   * Reads the route.
   *
   * @param trusted selects entries of users who do not change files against the will of the
   *     subscriber
   * @throws IOException if there is no such file, or an entry was changed a moment ago
   */
  static SocketRoute of(Path socket, Predicate<DirectoryEntry> trusted) throws IOException {
    Path absolute = socket.toAbsolutePath();
    Deque<Path> ahead = new ArrayDeque<>();
    absolute.forEach(ahead::add);
    DirectoryEntry at = DirectoryEntry.of(Objects.requireNonNull(absolute.getRoot()));
    List<Object> entries = new ArrayList<>();
    String fault = null;
    int links = 0;
    while (!ahead.isEmpty()) {
      DirectoryEntry entry = DirectoryEntry.of(next(at.path(), ahead.remove()));
      boolean changeable = at.isChangeable(entry, trusted);
      entries.add(List.of(entry.path(), entry.device(), entry.inode()));
      if (changeable) {
        entries.add(settled(entry));
      }
      if (!entry.isLink()) {
        at = entry;
        continue;
      }
      if (changeable) {
        fault = entry.path() + " is a link that others may change";
      }
      if (++links > LINKS_MAX) {
        throw new IOException(socket + " has too many links on its way");
      }
      Path target = Files.readSymbolicLink(entry.path());
      List<Path> names = new ArrayList<>();
      target.forEach(names::add);
      for (int i = names.size() - 1; i >= 0; i--) {
        ahead.addFirst(names.get(i));
      }
      if (target.isAbsolute()) {
        at = DirectoryEntry.of(Objects.requireNonNull(target.getRoot()));
      }
    }
    return new SocketRoute(entries, at, fault);
  }

  private static Path next(Path at, Path name) {
    if (name.toString().equals("..")) {
      Path above = at.getParent();
      return above == null ? at : above;
    }
    return at.resolve(name).normalize();
  }

  private static Object settled(DirectoryEntry entry) throws IOException {
    long ageMillis = System.currentTimeMillis() - ((FileTime) entry.changed()).toMillis();
    if (ageMillis >= 0 && ageMillis < SETTLED_MILLIS) {
      throw new IOException(entry.path() + " was made or changed at this moment");
    }
    return entry.changed();
  }
}
