package io.ppmq.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The place where the messages are kept. */
public sealed interface DataPath {
  /** Nothing is kept on disk: queued messages are lost when the broker stops. */
  DataPath MEMORY = new Memory();

  /** Messages are in memory only. The one value is {@link #MEMORY}. */
  record Memory() implements DataPath {
    @Override
    public String toString() {
      return "mem";
    }
  }

  /**
   * Messages are on disk.
   *
   * @param path a directory, which need not exist yet; a relative path starts at the working
   *     directory
   */
  record Directory(Path path) implements DataPath {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * Reads {@code mem} or a directory; {@code ./mem} is a directory of that name.
   *
   * @throws IllegalArgumentException if it cannot be a path, with a message that quotes it
   */
  static DataPath parse(String text) {
    if (text.equals("mem")) {
      return MEMORY;
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException(Quoted.of(text) + " is empty");
    }
    try {
      return new Directory(Path.of(text));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Quoted.of(text) + " is not a path: " + e.getReason(), e);
    }
  }
}
