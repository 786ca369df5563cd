package io.ppmq.cli.admin;

import io.ppmq.cli.output.JsonTree;
import java.util.List;

/** The result of a comparison of the nodes, as a sentence. */
final class VerificationText {
  private VerificationText() {}

  /** The sentence. A node that did not answer does not make the data of the others differ. */
  static String of(JsonTree found) {
    String after = " the same data after entry " + found.text("index");
    if (found.isTrue("equal")) {
      return "all nodes hold" + after;
    }
    List<String> silent = found.texts("silent");
    String answer = "no answer from " + String.join(", ", silent);
    return found.isTrue("agree")
        ? answer + "; the nodes that answered hold" + after
        : "the nodes do not all hold"
            + after
            + " (--json shows the digests)"
            + (silent.isEmpty() ? "" : "; " + answer);
  }
}
