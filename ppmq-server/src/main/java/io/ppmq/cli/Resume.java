package io.ppmq.cli;

import io.ppmq.config.InvalidConfig;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq resume}. */
@Command(
    name = "resume",
    header = "Push again what was paused.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Ends a pause of just what is named: a subscriber whose topic is paused as well still waits",
      "for that."
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
final class Resume implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final Target target = new Target();

  @Option(names = "--json", description = "Print the JSON that the admin interface answers.")
  private boolean json;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  Resume(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure, IOException {
    byte[] answer = config.admin(terminal).post("/resume" + target.query());
    if (json) {
      terminal.out().write(answer, 0, answer.length);
    } else {
      boolean changed = JsonTree.parse(answer).isTrue("changed");
      terminal.out().println(target + (changed ? ": resumed" : ": was not paused"));
    }
    return Status.DONE;
  }
}
