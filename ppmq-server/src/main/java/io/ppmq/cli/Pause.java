package io.ppmq.cli;

import io.ppmq.config.InvalidConfig;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq pause}. */
@Command(
    name = "pause",
    header = "Push nothing of a topic, or to a subscriber, for now.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Messages are accepted and acknowledged as ever, and wait; what is out with a subscriber",
      "stays out. It lasts until 'ppmq resume', over restarts of the broker too. With -t it is a",
      "topic, with -s a subscriber, with both one subscriber's part in one topic."
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
final class Pause implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final Target target = new Target();

  @Option(names = "--json", description = "Print the JSON that the admin interface answers.")
  private boolean json;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  Pause(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure, IOException {
    byte[] answer = config.admin(terminal).post("/pause" + target.query());
    if (json) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      boolean changed = JsonTree.parse(answer).isTrue("changed");
      terminal.out().println(target + (changed ? ": paused" : ": was paused already"));
    }
    return Status.DONE;
  }
}
