package io.ppmq.config;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** Collects the errors in a file, so that all can be reported at once. */
final class Problems {
  /** More errors or warnings than this are only counted. */
  static final int KEPT_MAX = 1000;

  private final @Nullable String file;
  private final List<Problem> errors = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private int errorsNotKept;
  private int warningsNotKept;

  Problems(@Nullable String file) {
    this.file = file;
  }

  /** The line of the file on which {@code node} starts, counted from 1. */
  static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  void error(int line, String sentence) {
    if (errors.size() < KEPT_MAX) {
      errors.add(new Problem(file, line, sentence));
    } else {
      errorsNotKept++;
    }
  }

  void warn(int line, String sentence) {
    if (warnings.size() < KEPT_MAX) {
      warnings.add(new Problem(file, line, sentence));
    } else {
      warningsNotKept++;
    }
  }

  /** The exception to throw if reading cannot go on; {@code line} 0 for the whole file. */
  InvalidConfig fatal(int line, String sentence) {
    errors.add(new Problem(file, line, sentence));
    return new InvalidConfig(inOrder(errors, errorsNotKept, "errors"), warnings());
  }

  boolean hasErrors() {
    return !errors.isEmpty();
  }

  void throwIfErrors() throws InvalidConfig {
    if (!errors.isEmpty()) {
      throw new InvalidConfig(inOrder(errors, errorsNotKept, "errors"), warnings());
    }
  }

  List<Problem> warnings() {
    return inOrder(warnings, warningsNotKept, "warnings");
  }

  private List<Problem> inOrder(List<Problem> kept, int notKept, String what) {
    List<Problem> ordered = new ArrayList<>(kept);
    ordered.sort(comparingInt(Problem::line));
    if (notKept > 0) {
      ordered.add(new Problem(file, 0, notKept + " more " + what + " are not shown"));
    }
    return ordered;
  }
}
