package io.ppmq.cli;

import io.ppmq.admin.Version;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq version}. */
@Command(
    name = "version",
    header = "Print the version.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {"Example:", "  ppmq version", "", "Exit status: 0 done, 2 wrong usage."})
final class VersionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin final HelpOption help = new HelpOption();

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().println("ppmq " + Version.current());
    return Status.DONE;
  }
}
