package io.ppmq.cli;

import io.ppmq.admin.Version;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.StartException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq serve}. */
@Command(
    name = "serve",
    header = "Run the broker.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Prints 'ppmq: ready' when it accepts connections, and tells systemd so; the log goes to",
      "stderr. SIGTERM and SIGINT stop it within 5 seconds."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq serve -c ppmq.yaml",
      "",
      "Exit status: 0 stopped by a signal, 1 it could not start or go on, 2 wrong usage,",
      "78 wrong configuration."
    })
final class Serve implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final Terminal terminal;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  Serve(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, StartException, InterruptedException {
    ConfigFile file = config.load(terminal);
    file.warnings().forEach(warning -> LOG.warn("{}", warning));
    RunningBroker broker = RunningBroker.start(file.config(), Runtime.getRuntime()::halt);
    Supervisor supervisor = new Supervisor(terminal.env());
    Ending ending =
        Ending.onSignal(
            () -> {
              supervisor.stopping();
              broker.stop();
              LOG.info("stopped");
            });
    try (ending) {
      LOG.info("{}", greeting(file.config()));
      terminal.out().println("ppmq: ready");
      terminal.out().flush();
      supervisor.ready();
      new CountDownLatch(1).await();
    }
    return Status.FAILED;
  }

  private static String greeting(Config config) {
    return "ppMQ "
        + Version.current()
        + " serves "
        + Shown.count(config.topics().size(), "topic")
        + " to "
        + Shown.count(config.subscribers().size(), "subscriber")
        + " on "
        + config.serverSocket()
        + ", data in "
        + config.dataPath();
  }
}
