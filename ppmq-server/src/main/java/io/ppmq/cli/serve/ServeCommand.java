package io.ppmq.cli.serve;

import io.ppmq.admin.Version;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.LogFormat;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.SignalStop;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.HeapNeed;
import io.ppmq.server.StartException;
import io.ppmq.server.WarmUp;
import io.ppmq.server.WritableDirectories;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq serve}. */
@Command(
    name = "serve",
    header = "Run the broker.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Prints 'ppmq: ready' when it accepts connections, and notifies systemd. The log goes to",
      "stderr. SIGTERM and SIGINT stop the broker within 5 seconds. SIGHUP makes it read the",
      "configuration again, as 'ppmq reload' does; a SIGHUP that comes before it is ready is handled",
      "then."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq serve -c ppmq.yaml",
      "",
      "Exit status: 0 stopped by a signal, 1 failed to start or to continue, 2 wrong usage,",
      "65 the store is damaged and needs 'ppmq repair', 78 wrong configuration."
    })
public final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /**
   * How long a signal waits for the end of the start, before which the broker cannot be stopped.
   */
  private static final long START_MILLIS_MAX = 3000;

  private final Terminal terminal;

  @Mixin private final ConfigOption config;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description =
          "The format of the log: text (default), or json, which is one object with time, "
              + "level and message on each line. If systemd's journal reads the log, each line "
              + "starts with its priority.")
  private String logFormat = "text"; // read earlier, when the terminal is made

  @Mixin final HelpOption help = new HelpOption();

  public ServeCommand(Terminal terminal) {
    this.terminal = terminal;
    this.config = new ConfigOption();
  }

  /** Uses the given configuration. */
  public ServeCommand(Terminal terminal, Path config) {
    this.terminal = terminal;
    this.config = new ConfigOption(config);
  }

  @Override
  public Integer call() throws Exception {
    if (LogFormat.named(logFormat) == null) {
      throw new Failure(Status.USAGE, "--log-format must be text or json, and is " + logFormat);
    }
    return serve(
        () -> {
          ProgramPages.keepFew();
          new CountDownLatch(1).await();
        });
  }

  /**
   * Starts the broker, runs {@code meanwhile} on this thread, and stops the broker when that ends.
   * A signal ends the process earlier.
   */
  public int serve(SignalStop.Action meanwhile) throws Exception {
    ReloadSignal.listen();
    Supervisor supervisor = new Supervisor(terminal.env());
    CompletableFuture<RunningBroker> started = new CompletableFuture<>();
    SignalStop ending = SignalStop.onSignal(() -> stop(started, supervisor));
    try (ending) {
      WarmUp warmUp = WarmUp.begin(SignalStop::halt);
      ConfigFile file;
      RunningBroker broker;
      LongStart longStart = supervisor.starting();
      try (longStart) {
        file = loaded();
        broker = RunningBroker.start(file, SignalStop::halt);
      }
      started.complete(broker);
      if (file.config().cluster() == null) { // a follower has time for the whole practice
        warmUp.end();
      }
      LOG.info("{}", greeting(file.config()));
      terminal.announce("ppmq: ready");
      String address = file.config().serverSocket().toString();
      supervisor.ready(address);
      ReloadSignal.ready(() -> reload(broker, supervisor, address));
      Watchdog.start(terminal.env(), broker::isWorking, supervisor::alive);
      ClusterConfig cluster = file.config().cluster();
      if (cluster != null) {
        SpareHeap.watch(cluster.electionTimeout());
      }
      try {
        meanwhile.run();
      } finally {
        broker.stop();
      }
    } catch (InvalidConfig | StartException e) {
      started.completeExceptionally(e);
      throw e;
    }
    return Status.DONE;
  }

  private ConfigFile loaded() throws InvalidConfig {
    ConfigFile file = config.load(terminal);
    ClusterModule.check(file);
    file.warnings().forEach(warning -> LOG.warn("{}", warning));
    WritableDirectories.warnings(file.config()).forEach(LOG::warn);
    HeapNeed.warnings(file.config(), Runtime.getRuntime().maxMemory()).forEach(LOG::warn);
    return file;
  }

  /** A broker that is not ready in time has promised nothing, and just ends. */
  private static void stop(CompletableFuture<RunningBroker> started, Supervisor supervisor)
      throws Exception {
    supervisor.stopping();
    try {
      started.get(START_MILLIS_MAX, TimeUnit.MILLISECONDS).stop();
      LOG.info("stopped");
    } catch (TimeoutException e) {
      LOG.info("stopped before it was ready");
    }
  }

  /**
   * The reason is in the log: a signal has no answer. A unit that sends the signal learns the
   * result from {@link ReloadResult}. One at a time: each signal has a thread of its own.
   */
  private static synchronized void reload(
      RunningBroker broker, Supervisor supervisor, String address) {
    supervisor.reloading();
    boolean done = false;
    try {
      broker.reloading().reload();
      done = true;
    } catch (InvalidConfig | RefusedException | IllegalStateException e) {
      LOG.debug("not reloaded: {}", e.getMessage());
    } finally {
      supervisor.reloaded(done);
      supervisor.ready(address);
    }
  }

  private static String greeting(Config config) {
    return "ppMQ "
        + Version.current()
        + " serves "
        + Format.count(config.topics().size(), "topic")
        + " to "
        + Format.count(config.subscribers().size(), "subscriber")
        + " on "
        + config.serverSocket()
        + ", data in "
        + config.dataPath();
  }
}
