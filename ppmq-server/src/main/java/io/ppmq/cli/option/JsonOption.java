package io.ppmq.cli.option;

import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import picocli.CommandLine.Option;

/** Whether the answer of the admin interface is printed unchanged or as text. */
public final class JsonOption {
  @Option(names = "--json", description = "Print the JSON that the admin interface answers.")
  private boolean asItIs;

  /** The text of an answer for people, with its line feeds. */
  public interface Text {
    String of(JsonTree answer);
  }

  public void print(byte[] answer, Text text, Terminal terminal) throws IOException {
    if (asItIs) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      terminal.out().print(text.of(JsonTree.parse(answer)));
    }
  }
}
