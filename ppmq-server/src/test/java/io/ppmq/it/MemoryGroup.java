package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A control group with a bound of memory; it is removed when it is closed and its processes have
 * ended.
 */
final class MemoryGroup implements Closeable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final Path directory;

  private MemoryGroup(Path directory) {
    this.directory = directory;
  }

  /** Makes a group; skips the test if that is not possible. */
  static MemoryGroup of(int mebibytes) {
    boolean old = Files.isDirectory(ROOT.resolve("memory"));
    String name = "ppmq-it-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    Path directory = (old ? ROOT.resolve("memory") : ROOT).resolve(name);
    try {
      Files.createDirectory(directory);
      String bound = old ? "memory.limit_in_bytes" : "memory.max";
      Files.writeString(directory.resolve(bound), Long.toString((long) mebibytes << 20));
      return new MemoryGroup(directory);
    } catch (IOException e) {
      assumeTrue(false, "needs root, and control groups of memory");
      throw new AssertionError(e);
    }
  }

  /** A command that runs its arguments in the group. */
  List<String> command() {
    return List.of("sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", directory.toString());
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(directory);
  }
}
