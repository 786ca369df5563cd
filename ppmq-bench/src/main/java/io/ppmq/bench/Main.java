package io.ppmq.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code ppmq-bench}, which only picks a sub-command. */
@Command(
    name = "ppmq-bench",
    description = "Measures ppMQ: the real broker, with processes around it.",
    mixinStandardHelpOptions = true,
    subcommands = {Run.class, Report.class, Draw.class},
    footer = {"", "ppmq-bench jmh [OPTIONS OF JMH] measures the hot parts by themselves."})
public final class Main {
  private Main() {}

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
