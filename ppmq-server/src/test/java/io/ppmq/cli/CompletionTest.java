package io.ppmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.StandardOutput;
import io.ppmq.cli.output.Terminal;
import org.junit.jupiter.api.Test;

final class CompletionTest {
  /** The order of a {@code Set.of} differs with each JVM; equal sources make equal packages. */
  @Test
  void scriptHasTheWordsOfACommandInOneOrder() throws Exception {
    String script = Completion.script(Commands.all(Terminal.of(new StandardOutput())));
    assertThat(script)
        .contains("(\"list\" \"requeue\" \"drop\")")
        .contains("(\"topics\" \"subscribers\")")
        .contains("(\"client\" \"broker\")")
        .contains(
            "(\"status\" \"init\" \"join\" \"add\" \"remove\" \"replace\" \"transfer\""
                + " \"verify\" \"force-single\")");
  }
}
