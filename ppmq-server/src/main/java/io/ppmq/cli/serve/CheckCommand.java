package io.ppmq.cli.serve;

import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.WritableDirectories;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq check}. */
@Command(
    name = "check",
    header = "Check a configuration file.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description =
        "Starts nothing. All errors and warnings of the file go to stderr, one line each.",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq check -c ppmq.yaml && systemctl restart ppmq",
      "",
      "Exit status: 0 the broker would start with it, 2 wrong usage, 78 it would not."
    })
public final class CheckCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  public CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig {
    ConfigFile file;
    try {
      file = config.load(terminal);
    } catch (InvalidConfig e) {
      e.warnings().forEach(warning -> terminal.complain("warning: " + warning));
      throw e;
    }
    file.warnings().forEach(warning -> terminal.complain("warning: " + warning));
    WritableDirectories.warnings(file.config())
        .forEach(warning -> terminal.complain("warning: " + warning));
    int topics = file.config().topics().size();
    int subscribers = file.config().subscribers().size();
    terminal
        .out()
        .println(
            file.path()
                + ": fine: "
                + Format.count(topics, "topic")
                + ", "
                + Format.count(subscribers, "subscriber"));
    return Status.DONE;
  }
}
