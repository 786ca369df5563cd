package io.ppmq.cli.bench;

import io.ppmq.admin.Version;
import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.Sync;
import io.ppmq.load.Machine;
import io.ppmq.load.Shape;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq bench}. */
@Command(
    name = "bench",
    header = "Measure the speed of ppMQ on this machine in ten seconds.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Starts a real broker process in a temporary directory. A producer, and a subscriber that",
      "acknowledges everything, run in the process of this command. Three parts are measured:",
      "messages at full speed; single messages at a fixed rate, with their latency; messages that",
      "are queued while no subscriber is connected. Processor time and memory are the broker's",
      "alone. Leaves nothing behind."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq bench --sync 1s --directory /var/lib/ppmq",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** A value has fifty of them. */
  private static final int PAYLOAD_BYTES_MAX = 250_000;

  private final Terminal terminal;

  @Option(
      names = "--sync",
      paramLabel = "WHEN",
      defaultValue = "always",
      description =
          "The value of Sync in the configuration: always, a duration or never. Default: "
              + "always.")
  String sync = "always";

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      defaultValue = "100",
      description = "Bytes of each payload, at least 32. Default: 100.")
  int payloadBytes = 100;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Messages per second in the second part. Default: 1000.")
  int messagesPerSecond = 1000;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Messages to queue in the third part. Default: 200000.")
  int backlog = 200_000;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Measure on the disk of this directory, in a temporary directory inside it.")
  Path parent = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin final HelpOption help = new HelpOption();

  public BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    checkOptions();
    BenchRun run = BenchRun.prepare(this);
    Thread hook = new Thread(() -> cleanUp(run), "ppmq-bench-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try (run) {
      long beginNanos = System.nanoTime();
      head(Machine.here(run.directory()));
      BenchTable table = new BenchTable();
      run.play(table);
      PrintStream out = terminal.out();
      table.lines().forEach(out::println);
      out.println();
      out.println("took " + Format.age(Duration.ofNanos(System.nanoTime() - beginNanos)));
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    return Status.DONE;
  }

  private void checkOptions() throws Failure {
    try {
      Sync.parse(sync);
    } catch (IllegalArgumentException e) {
      throw new Failure(Status.USAGE, "--sync " + e.getMessage());
    }
    Bounds.within("--payload", Shape.PAYLOAD_BYTES_MIN, PAYLOAD_BYTES_MAX, payloadBytes);
    Bounds.atLeast("--rate", 1, messagesPerSecond);
    Bounds.atLeast("--backlog", 1, backlog);
    if (!Files.isDirectory(parent)) {
      throw new Failure(Status.USAGE, "--directory: there is no directory " + parent);
    }
  }

  private void head(Machine machine) {
    PrintStream out = terminal.out();
    out.println("ppMQ " + Version.current() + " on " + machine);
    out.println(
        "Sync: %s, payloads of %d bytes, one producer, one subscriber, batches of 50"
            .formatted(sync, payloadBytes));
    if (machine.isInMemory()) {
      out.println(
          parent
              + " is in memory, not on a disk: a sync costs nothing there (--directory chooses another disk)");
    }
    out.println();
    out.flush();
  }

  private static void cleanUp(BenchRun run) {
    try {
      run.close();
    } catch (IOException e) {
      LOG.warn("not everything in {} was removed: {}", run.directory(), e.getMessage());
    }
  }
}
