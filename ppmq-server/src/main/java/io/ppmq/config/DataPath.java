package io.ppmq.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where the messages are kept. */
public sealed interface DataPath {
  /** Nothing is kept on disk: queued messages are gone when the broker stops. */
  DataPath MEMORY = new Memory();

  /** Kept in memory only; there is one such value, {@link #MEMORY}. */
  record Memory() implements DataPath {
    @Override
    public String toString() {
      return "mem";
    }
  }

  /**
   * Kept on disk.
   *
   * @param path a directory, which need not exist yet; a relative one starts at the working
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
   * @throws IllegalArgumentException when it can be no path, with a message that quotes it
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
      throw new IllegalArgumentException(Quoted.of(text) + " is no path: " + e.getReason(), e);
    }
  }
}
