package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Makes system calls of a broker fail on command, by {@code src/test/c/failio.c}. */
final class FailingDisk {
  private static final Path SOURCE = Path.of("src", "test", "c", "failio.c");

  private final Path directory;
  private final Path library;
  private final Path control;

  private FailingDisk(Path directory, Path scratch) {
    this.directory = directory;
    this.library = scratch.resolve("failio.so");
    this.control = scratch.resolve("failio.control");
  }

  /** Builds the library; skips the test if there is no C compiler. */
  static FailingDisk of(Path directory, Path scratch) throws IOException, InterruptedException {
    FailingDisk disk = new FailingDisk(directory, scratch);
    assumeTrue(disk.isBuilt(), "needs gcc");
    return disk;
  }

  private boolean isBuilt() throws InterruptedException {
    List<String> command =
        List.of("gcc", "-shared", "-fPIC", "-o", library.toString(), SOURCE.toString(), "-ldl");
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  /** The environment variables of a broker on this disk. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAILIO_DIR",
        directory.toString(),
        "FAILIO_CONTROL",
        control.toString());
  }

  /** Makes calls fail from now on: {@code write}, {@code torn}, {@code nospace} or {@code sync}. */
  void fail(String what) throws IOException {
    Files.writeString(control, what);
  }

  void work() throws IOException {
    Files.writeString(control, "");
  }

  /** Removes the files that a loss of power may take: those whose sync ever failed. */
  void loseWhatWasNotSynced() throws IOException {
    Path failed = Path.of(control + ".failed");
    Set<String> paths = new TreeSet<>(Files.readAllLines(failed));
    for (String path : paths) {
      Files.deleteIfExists(Path.of(path));
    }
  }
}
