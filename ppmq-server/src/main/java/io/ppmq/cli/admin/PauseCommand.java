package io.ppmq.cli.admin;

import io.ppmq.cli.output.Terminal;
import picocli.CommandLine.Command;

/** {@code ppmq pause}. */
@Command(
    name = "pause",
    header = "Pause the delivery of a topic or to a subscriber.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Messages are still accepted and acknowledged, and wait. Messages in flight stay in flight.",
      "The pause lasts until 'ppmq resume', also across restarts of the broker. -t pauses a topic,",
      "-s a subscriber, and both together one subscriber's part of one topic."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq pause -t mails",
      "  ppmq pause -t mails -s mailer",
      "  ppmq pause -s mailer",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class PauseCommand extends Pausing {
  public PauseCommand(Terminal terminal) {
    super(terminal, "/pause", "paused", "was paused already");
  }
}
