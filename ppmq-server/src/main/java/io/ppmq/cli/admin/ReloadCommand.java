package io.ppmq.cli.admin;

import static java.util.stream.Collectors.joining;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.AdminNote;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.JsonOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.Address;
import io.ppmq.config.ConfigFile;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq reload}. */
@Command(
    name = "reload",
    header = "Make the broker read its configuration again.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Applies the whole file or, if it has an error, nothing; the broker does not restart. SIGHUP",
      "does the same, but only this command prints the result. A removed topic or subscriber keeps",
      "its queued messages until 'ppmq purge'. These keys cannot change while the broker runs:",
      "ServerSocket, DataPath, Admin and Cluster."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq reload",
      "  ppmq check && ppmq reload",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class ReloadCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public ReloadCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    json.print(reload(), ReloadCommand::sentences, terminal);
    return Status.DONE;
  }

  private static String sentences(JsonTree answer) {
    List<String> changes = answer.texts("changes");
    return changes.isEmpty()
        ? "reloaded: nothing has changed\n"
        : changes.stream().map(change -> "reloaded: " + change + "\n").collect(joining());
  }

  /** Asks the running broker, whose address may differ from the one that the file now has. */
  private byte[] reload() throws Failure, IOException {
    try {
      return broker.admin(terminal).post("/reload");
    } catch (ConnectException e) {
      ConfigFile now = broker.file(terminal);
      Address elsewhere = now == null ? null : AdminNote.read(now.config());
      if (now == null || elsewhere == null) {
        throw e;
      }
      return AdminClient.of(elsewhere, now.config(), terminal.env()).post("/reload");
    }
  }
}
