package io.ppmq.cli.client;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Refused;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq ack}. */
@Command(
    name = "ack",
    header = "Acknowledge messages for a subscriber.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "The broker delivers these messages to the subscriber no more, even if they wait for another",
      "delivery. A key that was not sent to the subscriber has no effect; the command warns of keys",
      "that are not in flight."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq ack -t mails mailer 1a2b 1a2c",
      "",
      "Exit status: 0 done, 1 refused or not confirmed, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
public final class AckCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = {"-t", "--topic"},
      required = true,
      paramLabel = "TOPIC",
      description = "The messages' topic.")
  private String topic = "";

  @Parameters(index = "0", paramLabel = "SUBSCRIBER", description = "The subscriber's name.")
  private String subscriber = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY",
      description = "The keys with which the messages were delivered.")
  private List<String> keys = List.of();

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public AckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, Refused, IOException, InterruptedException {
    KeysOut.say(
        broker,
        topic,
        subscriber,
        keys,
        terminal,
        "unless its message waits to be sent again, the acknowledgement had no effect",
        commands -> commands.acknowledge(topic, subscriber, keys));
    return Status.DONE;
  }
}
