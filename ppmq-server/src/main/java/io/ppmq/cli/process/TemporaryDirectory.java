package io.ppmq.cli.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory that is removed with its content when it is closed. Any thread may close it. */
public final class TemporaryDirectory implements AutoCloseable {
  private static final int ATTEMPTS_MAX = 5;

  private final Path path;

  /** Makes it in the machine's directory for temporary files. */
  public TemporaryDirectory(String prefix) throws IOException {
    this.path = Files.createTempDirectory(prefix);
  }

  /** Makes it within another directory, and makes that one too if it does not exist. */
  public TemporaryDirectory(Path parent, String prefix) throws IOException {
    this.path = Files.createTempDirectory(Files.createDirectories(parent), prefix);
  }

  public Path path() {
    return path;
  }

  /** Removes it. A second caller waits for the first and finds the work done. */
  @Override
  public synchronized void close() throws IOException {
    IOException failure = null;
    for (int i = 0; i < ATTEMPTS_MAX && Files.exists(path); i++) {
      try {
        remove();
        failure = null;
      } catch (UncheckedIOException e) {
        failure = e.getCause(); // a file appeared or went meanwhile
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void remove() throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
