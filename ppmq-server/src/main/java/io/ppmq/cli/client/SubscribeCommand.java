package io.ppmq.cli.client;

import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.MessageLine;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.SignalStop;
import io.ppmq.client.Address;
import io.ppmq.client.Batch;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.Refused;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberCommands;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.SubscriberConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code ppmq subscribe}. Messages are taken on the subscriber's own thread; the main thread waits
 * until they are enough, until one cannot be taken, or for a signal.
 */
@Command(
    name = "subscribe",
    header = "Receive, print and acknowledge messages.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Listens on the subscriber's socket, prints each message as a line of JSON, and then",
      "acknowledges it. Runs until SIGINT or SIGTERM, or until -n messages have come."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "With --exec nothing is printed: CMD gets the payload on its stdin (the text of a string,",
      "the JSON of anything else) and $PPMQ_TOPIC, $PPMQ_KEY, $PPMQ_PRIORITY, $PPMQ_ATTEMPT. A",
      "message whose CMD fails is not acknowledged: it comes again after the topic's AckRetry, or",
      "when this command is started again, and no other batch of the topic comes before.",
      "",
      "Examples:",
      "  ppmq subscribe mailer | jq .payload",
      "  ppmq subscribe mailer --exec 'mail -s \"$PPMQ_KEY\" staff@example.com'",
      "",
      "Exit status: 0 stopped by a signal or after -n messages, 1 failed, 2 wrong usage,",
      "78 wrong configuration. A broker that is not running is waited for."
    })
public final class SubscribeCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Terminal terminal;
  private final CompletableFuture<Integer> status = new CompletableFuture<>();
  private final CountDownLatch listening = new CountDownLatch(1);
  private @Nullable Subscriber subscriber;
  private long left = Long.MAX_VALUE;

  @Parameters(paramLabel = "NAME", description = "The subscriber's name in the configuration.")
  private String name = "";

  @Option(
      names = "--exec",
      paramLabel = "CMD",
      description = "Run 'sh -c CMD' for each message; acknowledge it when CMD exits with 0.")
  private @Nullable String command;

  @Option(names = "--no-ack", description = "Acknowledge nothing.")
  private boolean noAck;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "End after N messages.")
  private @Nullable Long count;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public SubscribeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure, Refused, IOException, InterruptedException {
    if (count != null) {
      Bounds.atLeast("-n", 1, count);
      left = count;
    }
    ConfigFile file = broker.load(terminal);
    SubscriberConfig own = ConfigOption.subscriber(file, name);
    io.ppmq.config.Address socket = own.socket();
    if (socket == null) {
      throw new Failure(Status.FAILED, "subscriber " + name + " has no Socket to listen on");
    }
    Address address = broker.address(terminal);
    boolean announced = announce(address);
    try (Subscriber listener =
        Subscriber.builder(name, address)
            .reconnect(!announced)
            .acknowledge(false)
            .timeout(TIMEOUT)
            .problems(this::report)
            .listen(ConfigOption.address(socket), this::take)) {
      SignalStop ending = SignalStop.onSignal(() -> stop(listener));
      try (ending) {
        subscriber = listener;
        listening.countDown();
        return status.join();
      }
    }
  }

  /**
   * Asks for what is not acknowledged before there is a socket to send it to: asked for later, it
   * would come twice when the broker has noticed the socket meanwhile.
   *
   * @return false when the broker cannot be reached, and is to be asked when it can
   */
  private boolean announce(Address address) throws Refused, IOException, InterruptedException {
    try (var commands = new SubscriberCommands(address, TIMEOUT)) {
      commands.reconnect(name, null);
      return true;
    } catch (ConnectException e) {
      report("waiting for the broker", e);
      return false;
    }
  }

  private void stop(Subscriber listener) {
    status.complete(Status.DONE);
    listener.close();
  }

  private void report(String sentence, @Nullable Throwable cause) {
    String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    terminal.complain(sentence + reason);
  }

  private void take(Batch batch) throws IOException, InterruptedException {
    listening.await();
    if (command == null) {
      print(batch);
    } else {
      execute(batch, command);
    }
    if (left == 0) {
      status.complete(Status.DONE);
    }
  }

  private void print(Batch batch) throws InterruptedException {
    List<String> printed = new ArrayList<>();
    for (ReceivedMessage message : batch.messages()) {
      if (left > 0 && !status.isDone()) {
        terminal.out().println(MessageLine.of(batch.topic(), message));
        printed.add(message.key());
        left--;
      }
    }
    if (terminal.out().checkError()) { // flushes; nobody reads any more
      status.complete(Status.FAILED);
    } else {
      acknowledge(batch.topic(), printed);
    }
  }

  private void execute(Batch batch, String command) throws IOException, InterruptedException {
    for (ReceivedMessage message : batch.messages()) {
      if (left > 0 && !status.isDone()) {
        int exit = Execution.run(command, batch.topic(), message);
        left--;
        if (exit == 0) {
          acknowledge(batch.topic(), List.of(message.key()));
        } else {
          terminal.complain(
              "a message of topic " + batch.topic() + " is not acknowledged: exit status " + exit);
        }
      }
    }
  }

  private void acknowledge(String topic, List<String> keys) throws InterruptedException {
    Subscriber listener = subscriber;
    if (!noAck && !keys.isEmpty() && listener != null) {
      listener.acknowledge(topic, keys);
    }
  }
}
