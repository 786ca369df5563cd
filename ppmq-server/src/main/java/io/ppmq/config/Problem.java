package io.ppmq.config;

import org.jspecify.annotations.Nullable;

/**
 * An error in a configuration, or something doubtful.
 *
 * @param file its name as given; null if no file was found
 * @param line counted from 1; 0 if the problem concerns the whole file
 * @param sentence describes it; one line, fit for a terminal
 */
public record Problem(@Nullable String file, int line, String sentence) {
  /** {@code file:line: sentence}, without the parts that are unknown. */
  @Override
  public String toString() {
    if (file == null) {
      return sentence;
    }
    return line == 0 ? file + ": " + sentence : file + ":" + line + ": " + sentence;
  }
}
