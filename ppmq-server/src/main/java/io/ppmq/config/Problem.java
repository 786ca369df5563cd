package io.ppmq.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, or doubtful, about a configuration.
 *
 * @param file as it was named to the program; null when no file was found at all
 * @param line counted from 1; 0 when it concerns the whole file
 * @param sentence describes it; one line, fit for a terminal
 */
public record Problem(@Nullable String file, int line, String sentence) {
  /** {@code file:line: sentence}, with as much of it as there is. */
  @Override
  public String toString() {
    if (file == null) {
      return sentence;
    }
    return line == 0 ? file + ": " + sentence : file + ":" + line + ": " + sentence;
  }
}
