package io.ppmq.cli.client;

import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.MessageLine;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.SignalStop;
import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.Nack;
import io.ppmq.client.Refused;
import io.ppmq.client.RetryAfter;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import io.ppmq.client.SubscriberCommands;
import io.ppmq.config.ConfigFile;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code ppmq subscribe}. Messages are taken on the subscriber's own threads; the main thread waits
 * until there are enough, until one cannot be taken, or for a signal.
 */
@Command(
    name = "subscribe",
    header = "Receive, print and acknowledge messages.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Listens on the subscriber's socket, or connects to the broker's socket. Prints each message",
      "as a line of JSON, and then acknowledges it. Runs until SIGINT or SIGTERM, or until -n",
      "messages have arrived."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "With --exec nothing is printed: CMD gets the payload on its stdin (the text of a string,",
      "the JSON of any other value) and $PPMQ_TOPIC, $PPMQ_KEY, $PPMQ_PRIORITY, $PPMQ_ATTEMPT. A",
      "message whose CMD fails is nacked, with the last line of CMD's stderr as the reason: it is",
      "delivered again after a growing pause, and other messages are delivered meanwhile. Topics do",
      "not wait for each other, and neither do workers.",
      "",
      "Examples:",
      "  ppmq subscribe mailer | jq .payload",
      "  ppmq subscribe mailer --workers 4 --exec ./send",
      "  ppmq subscribe mailer --exec 'mail -s \"$PPMQ_KEY\" staff@example.com'",
      "",
      "Exit status: 0 stopped by a signal or after -n messages, 1 failed, 2 wrong usage,",
      "69 this user may not open the broker's socket, 78 wrong configuration. If the broker",
      "is not running, the command waits for it."
    })
public final class SubscribeCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int WORKERS_MAX = 250;
  private static final int BATCH_SIZE_MAX = 1_000_000;

  private final Terminal terminal;
  private final CompletableFuture<Subscriber> started = new CompletableFuture<>();
  private final CompletableFuture<Integer> status = new CompletableFuture<>();
  private final AtomicLong toTake = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong toFinish = new AtomicLong(Long.MAX_VALUE);

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

  @Option(
      names = "--connect",
      description =
          "Connect to the broker's socket instead of listening on the subscriber's. The "
              + "default if the subscriber has no Socket, and with --socket.")
  private boolean connect;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "The number of connections to the broker's socket, up to 250; each is a worker "
              + "with its own batches. Default: 1. More than 1 implies --connect.")
  private int workers = 1;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public SubscribeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, Refused, IOException, InterruptedException {
    if (count != null) {
      Bounds.atLeast("-n", 1, count);
      toTake.set(count);
      toFinish.set(count);
    }
    Bounds.within("--workers", 1, WORKERS_MAX, workers);
    ConfigFile file = broker.file(terminal);
    io.ppmq.config.Address socket =
        file == null ? null : ConfigOption.subscriber(file, name).socket();
    Address address = broker.address(terminal);
    broker.refuseIfClosed(terminal);
    SubscriberBuilder builder =
        Subscriber.builder(name, address)
            .acknowledge(false)
            .timeout(TIMEOUT)
            .problems(this::report)
            .workers(workers);
    if (connect || workers > 1 || socket == null) {
      if (count
          != null) { // a message that is sent and not taken counts as a delivery, which may be its
        // last
        builder.batchSize((int) Math.min(count, BATCH_SIZE_MAX));
      }
      return await(builder.subscribeEach(this::take));
    }
    builder.reconnect(!announce(address));
    try {
      return await(builder.listenEach(ConfigOption.address(socket), this::take));
    } catch (AccessDeniedException e) {
      throw new Failure(
          Status.FAILED, IoReason.of(e) + "; with --connect the subscriber needs no socket");
    }
  }

  private int await(Subscriber subscriber) {
    started.complete(subscriber);
    try (subscriber) {
      SignalStop ending = SignalStop.onSignal(() -> stop(subscriber));
      try (ending) {
        Thread watch = new Thread(() -> watch(subscriber), "ppmq-refusal");
        watch.setDaemon(true);
        watch.start();
        return status.join();
      }
    }
  }

  /** Ends the command if the broker refuses the subscriber. */
  private void watch(Subscriber subscriber) {
    try {
      subscriber.awaitClosed();
    } catch (Refused e) {
      report(Format.reason(e), null);
      status.complete(Status.FAILED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Asks for unacknowledged messages before the socket exists. If the broker had noticed the socket
   * before the question, they would arrive twice.
   *
   * @return false if the broker cannot be reached, and must be asked later
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

  private void stop(Subscriber subscriber) {
    status.complete(Status.DONE);
    subscriber.close();
  }

  private void report(String sentence, @Nullable Throwable cause) {
    String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    terminal.complain(sentence + reason);
  }

  /**
   * Called by several threads. Messages beyond -n stay with the broker: the subscriber ends before
   * it acknowledges the last one, since another message that the broker sends counts as delivered,
   * and may die.
   */
  private void take(Delivery message) throws IOException, InterruptedException {
    long left = status.isDone() ? -1 : toTake.decrementAndGet();
    if (left < 0) {
      return;
    }
    if (left == 0) {
      started.join().close();
    }
    if (command == null) {
      print(message);
    } else {
      execute(message, command);
    }
    if (toFinish.decrementAndGet() == 0) {
      status.complete(Status.DONE);
    }
  }

  private void print(Delivery message) {
    synchronized (terminal) {
      terminal.out().println(MessageLine.of(message.topic(), message.message()));
      if (terminal
          .out()
          .checkError()) { // flushes; an error means that the reader of stdout is gone
        status.complete(Status.FAILED);
        return;
      }
    }
    if (!noAck) {
      message.acknowledge();
    }
  }

  private void execute(Delivery message, String command) throws IOException, InterruptedException {
    Execution.Result result =
        Execution.run(command, message.topic(), message.message(), terminal.err());
    if (noAck) {
      return;
    }
    if (result.status() == 0) {
      message.acknowledge();
      return;
    }
    String exit = "exit status " + result.status();
    String reason = result.lastLine().isEmpty() ? exit : result.lastLine();
    message.nack(new Nack(RetryAfter.USUAL, reason));
    terminal.complain(
        "message " + message.key() + " of topic " + message.topic() + " is nacked: " + exit);
  }
}
