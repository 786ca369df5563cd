package io.ppmq.cli.option;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import picocli.CommandLine.Option;

/** Asks before a command destroys something; without a terminal, {@code --yes} is required. */
public final class Consent {
  /** The text of the question; made only if the question is asked. */
  public interface Question {
    String text() throws IOException, Failure;
  }

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask; needed without a terminal.")
  private boolean yes;

  /**
   * Whether the user consents.
   *
   * @throws Failure if there is no terminal to ask on
   */
  public boolean isGiven(Terminal terminal, Question question) throws IOException, Failure {
    if (yes) {
      return true;
    }
    if (!terminal.isInteractive()) {
      throw new Failure(
          Status.USAGE, "this cannot be undone, and there is no terminal to ask on: add --yes");
    }
    terminal.err().print(question.text() + "? [y/N] ");
    terminal.err().flush();
    int answer = terminal.in().read();
    return answer == 'y' || answer == 'Y';
  }
}
