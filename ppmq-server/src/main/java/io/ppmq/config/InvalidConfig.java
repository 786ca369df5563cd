package io.ppmq.config;

import static java.util.stream.Collectors.joining;

import java.nio.file.Path;
import java.util.List;

/**
 * The configuration cannot be used. Holds all errors, so that the user can correct them at once;
 * nothing was changed anywhere.
 */
public final class InvalidConfig extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> errors;
  private final transient List<Problem> warnings;

  InvalidConfig(List<Problem> errors, List<Problem> warnings) {
    super(errors.stream().map(Problem::toString).collect(joining("\n")));
    this.errors = List.copyOf(errors);
    this.warnings = List.copyOf(warnings);
  }

  /** The file is valid but cannot be used now, for these reasons; at least one. */
  public static InvalidConfig because(Path file, List<String> sentences) {
    return new InvalidConfig(
        sentences.stream().map(sentence -> new Problem(file.toString(), 0, sentence)).toList(),
        List.of());
  }

  /** At least one, in the order of their lines. */
  public List<Problem> errors() {
    return errors;
  }

  /** The warnings, in the order of the lines. */
  public List<Problem> warnings() {
    return warnings;
  }
}
