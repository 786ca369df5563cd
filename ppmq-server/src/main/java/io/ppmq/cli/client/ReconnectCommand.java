package io.ppmq.cli.client;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Refused;
import io.ppmq.client.SubscriberCommands;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq reconnect}. */
@Command(
    name = "reconnect",
    header = "Deliver a subscriber's unacknowledged messages again.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "The broker delivers them at once instead of after the topic's AckRetry. Acknowledgements that",
      "arrive meanwhile count."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq reconnect mailer",
      "",
      "Exit status: 0 done, 1 refused or not confirmed, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
public final class ReconnectCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "Only the messages of this topic.")
  private @Nullable String topic;

  @Parameters(paramLabel = "SUBSCRIBER", description = "The subscriber's name.")
  private String subscriber = "";

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public ReconnectCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, Refused, IOException, InterruptedException {
    try (var commands = new SubscriberCommands(broker.address(terminal), KeysOut.TIMEOUT)) {
      commands.reconnect(subscriber, topic);
    } catch (ConnectException e) {
      throw broker.advised(e, terminal);
    }
    return Status.DONE;
  }
}
