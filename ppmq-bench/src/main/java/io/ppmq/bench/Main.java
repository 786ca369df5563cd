package io.ppmq.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code ppmq-bench}, which only picks a sub-command. */
@Command(
    name = "ppmq-bench",
    description =
        "Measures the real ppMQ broker, with producers and subscribers in separate processes.",
    mixinStandardHelpOptions = true,
    subcommands = {Run.class, Report.class, Draw.class},
    footer = {"", "ppmq-bench jmh [OPTIONS OF JMH] measures single hot classes."})
public final class Main {
  private Main() {}

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
