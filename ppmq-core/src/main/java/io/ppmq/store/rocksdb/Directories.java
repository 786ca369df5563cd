package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole directories of files. */
final class Directories {
  private Directories() {}

  /** Removes a directory with its content, if it exists; links are not followed. */
  static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    for (Path path : paths(directory, Comparator.reverseOrder())) {
      Files.deleteIfExists(path);
    }
  }

  /** Puts a directory and the files in it on the disk. */
  static void sync(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        force(file);
      }
    }
    force(directory);
  }

  /** Puts a file, or the names in a directory, on the disk. */
  static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Gives a directory and its content the owner and group of another. */
  static void likeOwner(Path model, Path directory) throws IOException {
    Object owner = Files.getAttribute(model, "unix:uid");
    Object group = Files.getAttribute(model, "unix:gid");
    for (Path path : paths(directory, Comparator.naturalOrder())) {
      if (!owner.equals(Files.getAttribute(path, "unix:uid"))) {
        Files.setAttribute(path, "unix:uid", owner);
      }
      if (!group.equals(Files.getAttribute(path, "unix:gid"))) {
        Files.setAttribute(path, "unix:gid", group);
      }
    }
    Files.setPosixFilePermissions(directory, Files.getPosixFilePermissions(model));
  }

  private static List<Path> paths(Path directory, Comparator<Path> order) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.sorted(order).toList();
    }
  }
}
