package io.ppmq.cli.admin;

import io.ppmq.cli.output.Terminal;
import picocli.CommandLine.Command;

/** {@code ppmq resume}. */
@Command(
    name = "resume",
    header = "End a pause of a topic or subscriber.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Ends only the named pause: a subscriber whose topic is also paused waits until the topic is",
      "resumed."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq resume -t mails",
      "  ppmq resume -t mails -s mailer",
      "  ppmq resume -s mailer",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class ResumeCommand extends Pausing {
  public ResumeCommand(Terminal terminal) {
    super(terminal, "/resume", "resumed", "was not paused");
  }
}
