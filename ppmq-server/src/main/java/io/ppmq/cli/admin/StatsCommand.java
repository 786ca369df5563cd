package io.ppmq.cli.admin;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.JsonOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq stats}. */
@Command(
    name = "stats",
    header = "Show the state of the broker and its topics.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Lists each topic and below it its subscribers. BACKLOG is the number of messages that wait to",
      "be sent, OLDEST the age of the oldest of them, and IN FLIGHT the number of messages that are",
      "sent and not acknowledged. The published messages, DELIVERED, ACKED, REDELIVERED, EXPIRED and",
      "DEAD are counted from the start of the broker. Empty columns are left out."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq stats",
      "  ppmq stats --json | jq '.topics[].subscribers[] | {subscriber, backlog}'",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class StatsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public StatsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    AdminClient admin = broker.admin(terminal);
    json.print(admin.get("/stats"), stats -> StatsTable.of(stats, Screen.width()), terminal);
    warnOf("/ready", "the broker accepts no messages: ", admin);
    warnOf("/health", "", admin);
    return Status.DONE;
  }

  /** The counts show neither a full disk nor damage: they do not contain refused messages. */
  private void warnOf(String page, String sentence, AdminClient admin) throws IOException {
    try {
      var unused = admin.get(page);
    } catch (Failure e) {
      terminal.out().flush();
      terminal.complain("warning: " + sentence + e.getMessage());
    }
  }
}
