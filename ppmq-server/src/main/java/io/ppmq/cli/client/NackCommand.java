package io.ppmq.cli.client;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Nack;
import io.ppmq.client.Refused;
import io.ppmq.client.RetryAfter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq nack}. */
@Command(
    name = "nack",
    header = "Report that a subscriber could not process messages.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "The broker delivers the messages again after a pause: 1 s after the first delivery, twice as",
      "long after each further one, at most 5 min; --retry-after sets another pause. Meanwhile other",
      "messages are delivered. A message that has reached MaxDeliveries becomes a dead letter with",
      "the reason. A key that is not in flight with the subscriber has no effect, and the command",
      "warns of it."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq nack -t mails mailer 1a2b",
      "  ppmq nack -t mails --retry-after 10m --reason 'no such host' mailer 1a2b 1a2c",
      "",
      "Exit status: 0 done, 1 refused or not confirmed, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
public final class NackCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = {"-t", "--topic"},
      required = true,
      paramLabel = "TOPIC",
      description = "The messages' topic.")
  private String topic = "";

  @Option(
      names = "--retry-after",
      paramLabel = "D",
      converter = RetryAfterOption.class,
      description =
          "A duration from 0s to 24h, such as 10m; or never: the message becomes a dead "
              + "letter at once, or is dropped if the topic has no DeadLetter.")
  private RetryAfter retryAfter = RetryAfter.USUAL;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "The reason. A dead letter keeps up to 1 KiB of it.")
  private String reason = "";

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

  public NackCommand(Terminal terminal) {
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
        "the nack had no effect",
        commands -> commands.nack(topic, subscriber, keys, new Nack(retryAfter, reason)));
    return Status.DONE;
  }
}
