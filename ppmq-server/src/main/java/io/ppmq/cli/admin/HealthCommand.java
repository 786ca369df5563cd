package io.ppmq.cli.admin;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq health}. */
@Command(
    name = "health",
    header = "Report whether the broker works and accepts messages.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Prints one sentence: on stdout if the broker is healthy, otherwise on stderr with the reason.",
      "The broker is healthy if it can be reached, accepts messages, and has found no damage in its",
      "store since it was started. Meant for programs that watch a service or a container."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq health || logger -p daemon.crit 'ppMQ is not healthy'",
      "",
      "Exit status: 0 healthy, 1 not healthy, 2 wrong usage, 78 wrong configuration."
    })
public final class HealthCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public HealthCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure {
    AdminClient admin = broker.admin(terminal);
    String fault = fault(admin, "/health", "the broker is not healthy: ");
    if (fault == null) {
      fault = fault(admin, "/ready", "the broker works, but accepts no messages: ");
    }
    if (fault != null) {
      throw new Failure(Status.FAILED, fault);
    }
    terminal.out().println("the broker works and accepts messages");
    return Status.DONE;
  }

  private static @Nullable String fault(AdminClient admin, String page, String sentence) {
    try {
      var unused = admin.get(page);
      return null;
    } catch (Failure | IOException e) {
      return sentence + e.getMessage();
    }
  }
}
