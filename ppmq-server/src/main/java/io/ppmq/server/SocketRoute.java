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
 * The way that a path takes to a socket, entry by entry. Afterwards it is not known through which
 * file a connection was made; so the way is looked at before and after, and must be the same. Where
 * others may change an entry, the moment of its last change must be the same too, for it could have
 * been another in between and put back; and a link that others may change is a fault.
 *
 * @param entries the entries that must be the same, in the order of the path
 * @param end the socket
 * @param fault why the way cannot be trusted, however often it is looked at; null when it can
 */
record SocketRoute(List<Object> entries, DirectoryEntry end, @Nullable String fault) {
  private static final int LINKS_MAX = 40;

  /** The kernel's clock for changes has steps of up to 10 ms: within one, two look the same. */
  private static final long SETTLED_MILLIS = 20;

  /**
   * Looks.
   *
   * @param trusted the users who do not change files and directories against the will of the
   *     subscriber
   * @throws IOException when there is no such file, or it was changed a moment ago
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
