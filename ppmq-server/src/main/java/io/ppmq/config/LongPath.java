package io.ppmq.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Another name for a unix socket whose path is too long for the JDK, but not for Linux: {@code
 * /proc/self/fd/N/socket}, with N an open descriptor of the directory. There is a descriptor for
 * each directory, which stays open as long as the process lives.
 */
final class LongPath {
  /** The longest path that the JDK binds and connects to. */
  static final int BYTES_MAX = 106;

  /** The longest name of a file whose other name fits, for every N. */
  static final int NAME_BYTES_MAX = BYTES_MAX - "/proc/self/fd/1048576/".length();

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Map<Path, FileChannel> OPEN = new HashMap<>();

  private LongPath() {}

  /** The other name; the path itself if its directory cannot be opened. */
  static synchronized Path shortened(Path path) {
    Path directory = path.toAbsolutePath().getParent();
    if (directory == null) {
      return path;
    }
    try {
      Path descriptor = descriptor(directory);
      if (descriptor == null) {
        open(directory);
        descriptor = descriptor(directory);
      }
      return descriptor == null ? path : descriptor.resolve(path.getFileName());
    } catch (IOException e) {
      return path;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // open for as long as the process lives
  private static void open(Path directory) throws IOException {
    FileChannel before = OPEN.put(directory, FileChannel.open(directory, StandardOpenOption.READ));
    if (before != null) {
      before.close(); // its directory is gone
    }
  }

  private static @Nullable Path descriptor(Path directory) throws IOException {
    if (!OPEN.containsKey(directory)) {
      return null;
    }
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        if (Files.isDirectory(descriptor) && Files.isSameFile(descriptor, directory)) {
          return descriptor;
        }
      }
    }
    return null;
  }
}
