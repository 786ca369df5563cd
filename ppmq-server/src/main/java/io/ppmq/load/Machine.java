package io.ppmq.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The machine of a measurement; figures mean nothing without it.
 *
 * @param processor the kernel's name of the model
 * @param processors the number of processors that this process may use
 * @param system the kernel and its version
 * @param java the Java that runs this
 * @param fileSystem the kind of file system with the data; {@link #UNKNOWN} if the machine does not
 *     tell
 */
public record Machine(
    String processor, int processors, String system, String java, String fileSystem) {

  /** The kind of an unknown file system. */
  static final String UNKNOWN = "unknown file system";

  /** This machine, with data in a directory that exists. */
  public static Machine here(Path data) throws IOException {
    return new Machine(
        model(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.version"),
        fileSystem(data));
  }

  private static String fileSystem(Path data) {
    try {
      return Files.getFileStore(data).type();
    } catch (IOException e) {
      return UNKNOWN; // in a chroot whose root directory is no mount point
    }
  }

  private static String model() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    }
  }

  /** Whether the file system is in memory, so that a sync has no cost. */
  public boolean isInMemory() {
    return fileSystem.equals("tmpfs") || fileSystem.equals("ramfs");
  }

  /** All of it in one line. */
  @Override
  public String toString() {
    return "%d × %s, %s, Java %s, %s".formatted(processors, processor, system, java, fileSystem);
  }
}
