package io.ppmq.cli.serve;

import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.Repairs;
import io.ppmq.store.RepairReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq repair}. */
@Command(
    name = "repair",
    header = "Recover the readable messages of a damaged data directory.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "The broker must be stopped. The command writes the readable messages to a new directory,",
      "which replaces the DataPath. The damaged directory is kept beside it, and its new name is",
      "printed. Where acknowledgements are lost, messages are delivered again. A directory without",
      "damage is not changed."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq repair --dry-run",
      "  ppmq repair -c /etc/ppmq/ppmq.yaml && systemctl start ppmq",
      "",
      "Exit status: 0 the broker can start with it, 1 it cannot and nothing was changed,",
      "2 wrong usage, 78 wrong configuration."
    })
public final class RepairCommand implements Callable<Integer> {
  private static final Duration LONG = Duration.ofSeconds(2);

  private final Terminal terminal;

  @Option(
      names = "--dry-run",
      description = "Change nothing and report the damage; the exit status is 1 if there is any.")
  private boolean dryRun;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  private long saidNanos = System.nanoTime();

  public RepairCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure {
    Config read = config.load(terminal).config();
    if (!(read.dataPath() instanceof DataPath.Directory directory)) {
      throw new Failure(Status.FAILED, "DataPath is mem: there is nothing on disk to repair");
    }
    Repairs repairs = new Repairs(read, directory.path(), this::progress);
    RepairReport report = dryRun ? repairs.inspect() : repairs.repair();
    print(report, directory.path());
    if (!report.isDamaged()) {
      terminal.out().println(directory + ": no damage was found, nothing was changed");
    } else if (!dryRun) {
      terminal
          .out()
          .println(directory + " is repaired; the damaged directory is now " + repairs.kept());
    }
    return dryRun && report.isDamaged() ? Status.FAILED : Status.DONE;
  }

  private void print(RepairReport report, Path directory) {
    report.remarks().forEach(remark -> terminal.out().println(directory + ": " + remark));
    report.damages().forEach(damage -> terminal.out().println(directory + ": " + damage));
    report.topics().forEach(this::print);
  }

  private void print(RepairReport.Topic topic) {
    String lost =
        topic.lostAtMost() == 0
            ? ""
            : ", at most " + Format.grouped(topic.lostAtMost()) + " more are lost";
    terminal
        .out()
        .println(
            "topic "
                + topic.name()
                + ": "
                + Format.groupedCount(topic.messages(), "message")
                + " kept"
                + lost);
    topic.queues().forEach(this::print);
  }

  private void print(RepairReport.Queue queue) {
    String lost =
        queue.outstandingLost() == 0
            ? ""
            : ", " + Format.grouped(queue.outstandingLost()) + " that were sent to it are lost";
    terminal
        .out()
        .println(
            "  subscriber "
                + queue.subscriber()
                + ": "
                + Format.grouped(queue.waiting())
                + " to be delivered"
                + lost
                + (queue.progressKept()
                    ? "; its progress is kept"
                    : "; its progress is lost, every message is delivered again"));
  }

  /** Prints the current step if nothing was printed for a while. */
  private void progress(String doing) {
    if (System.nanoTime() - saidNanos >= LONG.toNanos()) {
      saidNanos = System.nanoTime();
      terminal.complain(doing);
    }
  }
}
