package io.ppmq.cli.conformance;

import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.Arguments;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq conformance}. */
@Command(
    name = "conformance",
    header = "Check a client or a broker against the protocol.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "For authors of clients. 'client' plays the broker at --socket and tells a small program, the",
      "client under test, what to do; PROTOCOL.md describes how to write this program, and",
      "clients/node/test/conformance.js in the source of ppMQ is one. 'broker'",
      "plays a client of the broker at --socket, and needs an empty topic with a subscriber that no",
      "other program uses. The report lists for each step whether it passed, or why it failed."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq conformance client --socket c.socket --exec 'node clients/node/test/conformance.js'",
      "  ppmq conformance broker --socket ppmq.socket -t trial -s trial",
      "",
      "Exit status: 0 every step that applies passed, 1 a step failed, 2 wrong usage,",
      "69 the broker is not reachable."
    })
public final class ConformanceCommand implements Callable<Integer> {
  private static final String CLIENT = "client";
  private static final List<String> SIDES = List.of(CLIENT, "broker");

  private final Terminal terminal;

  @Parameters(
      index = "0",
      paramLabel = "SIDE",
      completionCandidates = Sides.class,
      description = "The side under test: client or broker.")
  private String side = "";

  @Option(
      names = "--socket",
      required = true,
      paramLabel = "PATH",
      description =
          "The socket on which to play the broker, or on which the broker under test listens.")
  private Path socket = Path.of("");

  @Option(
      names = "--exec",
      paramLabel = "CMD",
      description =
          "Run 'sh -c CMD' as the client under test, with the path in $PPMQ_SOCKET. Without it, "
              + "start the client yourself.")
  private @Nullable String command;

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "For a broker: the topic to use.")
  private @Nullable String topic;

  @Option(
      names = {"-s", "--subscriber"},
      paramLabel = "SUBSCRIBER",
      description = "For a broker: the subscriber to use.")
  private @Nullable String subscriber;

  @Option(names = "--json", description = "Print all steps as one JSON object at the end.")
  private boolean json;

  @Mixin final HelpOption help = new HelpOption();

  public ConformanceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException, InterruptedException {
    if (!SIDES.contains(side)) {
      throw new Failure(
          Status.USAGE, "the side under test must be client or broker, and is " + side);
    }
    Report report = new Report(terminal, json);
    if (side.equals(CLIENT)) {
      tryClient(report);
    } else {
      tryBroker(report);
    }
    report.end();
    return report.isAllPassed() ? Status.DONE : Status.FAILED;
  }

  private void tryBroker(Report report) throws Failure, IOException, InterruptedException {
    if (topic == null || subscriber == null || command != null) {
      throw new Failure(Status.USAGE, "a broker needs -t TOPIC and -s SUBSCRIBER, and no --exec");
    }
    try {
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
    } catch (SocketException e) {
      throw new Failure(Status.UNREACHABLE, "there is no broker at " + socket);
    }
    new BrokerTrial(socket, topic, subscriber).run(report);
  }

  private void tryClient(Report report) throws Failure, IOException, InterruptedException {
    if (topic != null || subscriber != null) {
      throw new Failure(Status.USAGE, "-t and -s are for a broker");
    }
    if (Files.exists(socket)) {
      throw new Failure(Status.FAILED, socket + " exists: name a path that is free");
    }
    try (PlayedBroker broker = play()) {
      Process program = command == null ? null : start(command);
      try {
        if (program == null) {
          terminal.complain("waiting for the client under test at " + socket);
        }
        new ClientTrial(broker).run(report);
        if (program != null) {
          report.step("exit", "ends with status 0", () -> exit(program));
        }
      } finally {
        if (program != null) {
          program.descendants().forEach(ProcessHandle::destroy);
          program.destroy();
        }
      }
    }
  }

  private PlayedBroker play() throws Failure {
    try {
      return new PlayedBroker(socket);
    } catch (IOException e) {
      throw new Failure(Status.FAILED, "cannot listen at " + socket + ": " + IoReason.of(e));
    }
  }

  private Process start(String command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
    builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectError(Redirect.INHERIT).redirectOutput(Redirect.DISCARD);
    Arguments.restoreLocale(builder.environment());
    builder.environment().put("PPMQ_SOCKET", socket.toString());
    return builder.start();
  }

  private static String exit(Process program) throws Broken, InterruptedException {
    Broken.unless(
        program.waitFor(PlayedBroker.LIMIT.toSeconds(), TimeUnit.SECONDS), "it does not end");
    Broken.unless(program.exitValue() == 0, "it ended with status " + program.exitValue());
    return "";
  }

  /** The sides, for the completion of the shell. */
  static final class Sides implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return SIDES.iterator();
    }
  }
}
