package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code ppmq backup}. */
@Command(
    name = "backup",
    header = "Copy all stored data of a running broker.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Publishing continues meanwhile. The copy has at least the messages that were confirmed before",
      "the command began, and is on the disk when the command ends. If it is on the disk of the",
      "DataPath, it consists of hard links where possible. To restore, move a copy to DataPath and",
      "start the broker. Copy it first if the backup must be kept, since a broker changes its",
      "DataPath. The broker writes DIR as its own user, and only that user can read it."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq backup /var/backups/ppmq-$(date +%%F)",
      "",
      "Exit status: 0 done, 1 failed and nothing is left in DIR, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
public final class BackupCommand implements Callable<Integer> {
  private static final long POLL_FIRST_MILLIS = 20;
  private static final long POLL_LAST_MILLIS = 500;

  private final Terminal terminal;

  @Parameters(
      paramLabel = "DIR",
      description = "The directory for the copy; it must be empty or not exist.")
  private Path directory = Path.of("");

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public BackupCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException, InterruptedException {
    AdminClient admin = broker.admin(terminal);
    String path = URLEncoder.encode(directory.toAbsolutePath().toString(), UTF_8);
    JsonTree backup = JsonTree.parse(admin.post("/backup?directory=" + path));
    long number = backup.count("number");
    for (long millis = POLL_FIRST_MILLIS;
        backup.text("state").equals("running");
        millis = Math.min(millis * 2, POLL_LAST_MILLIS)) {
      TimeUnit.MILLISECONDS.sleep(millis);
      backup = JsonTree.parse(admin.get("/backup"));
    }
    if (backup.count("number") != number || !backup.text("state").equals("done")) {
      throw new Failure(Status.FAILED, "no backup was made: " + backup.text("failure"));
    }
    terminal
        .out()
        .println(
            backup.text("directory")
                + ": "
                + Format.bytes(backup.count("bytes"))
                + ", "
                + Format.groupedCount(backup.count("messages"), "message")
                + " waiting, delayed or in flight, in "
                + backup.count("millis")
                + " ms");
    return Status.DONE;
  }
}
