package io.ppmq.cli;

import java.io.IOException;
import picocli.CommandLine.Option;

/** Whether the answer of the admin interface is printed as it is, or as people read it. */
final class JsonOption {
  @Option(names = "--json", description = "Print the JSON that the admin interface answers.")
  private boolean asItIs;

  /** What people read of an answer, with the ends of its lines. */
  interface Text {
    String of(JsonTree answer);
  }

  void print(byte[] answer, Text text, Terminal terminal) throws IOException {
    if (asItIs) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      terminal.out().print(text.of(JsonTree.parse(answer)));
    }
  }
}
