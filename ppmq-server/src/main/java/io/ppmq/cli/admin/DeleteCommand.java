package io.ppmq.cli.admin;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Consent;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.JsonOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code ppmq delete}. */
@Command(
    name = "delete",
    header = "Delete one queued message of a topic.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Deletes the message for all subscribers of the topic. If a subscriber has the message, its",
      "acknowledgement has no effect. 'ppmq peek' and 'ppmq export' print the keys of messages. A",
      "deleted message cannot be restored. On a terminal the command asks first."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq delete mails 1a2b --yes",
      "",
      "Exit status: 0 done, 1 no such message or failed, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
public final class DeleteCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "TOPIC", description = "The message's topic.")
  private String topic = "";

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "The key with which the message is delivered.")
  private String key = "";

  @Mixin private final Consent consent = new Consent();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public DeleteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    if (!consent.isGiven(terminal, () -> "delete message " + key + " of topic " + topic)) {
      terminal.complain("nothing was deleted");
      return Status.FAILED;
    }
    String path = "/delete?topic=" + Target.encode(topic) + "&key=" + Target.encode(key);
    json.print(
        broker.admin(terminal).post(path), answer -> topic + ", " + key + ": deleted\n", terminal);
    return Status.DONE;
  }
}
