package io.ppmq.cli;

import io.ppmq.admin.Version;
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
final class ShowVersion implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin final HelpOption help = new HelpOption();

  ShowVersion(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().println("ppmq " + Version.current());
    return Status.DONE;
  }
}
