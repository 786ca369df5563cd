package io.ppmq.cli.demo;

import io.ppmq.admin.Version;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq demo}. */
@Command(
    name = "demo",
    header = "Show the features of ppMQ in a few seconds.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Starts a real broker process in a temporary directory and plays six scenes with it: exact",
      "payload bytes, priorities, dedupe, expiry, a subscriber that returns, and kill -9 of the",
      "broker. With --cluster: three brokers keep one queue, and the leader is killed. Checks each",
      "result, and leaves nothing behind."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq demo",
      "  ppmq demo --cluster",
      "",
      "Exit status: 0 every result was as expected, 1 a result was not, 2 wrong usage."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private static final String EXAMPLE =
      """
      ServerSocket: ppmq.socket
      DataPath: data
      Subscribers:
        - Name: mailer
          Socket: mailer.socket
      Topics:
        - Name: alerts
          Subscribers: [mailer]
          AckRetry: 30s
          Priorities: 3
      """;

  private final Terminal terminal;

  @Option(
      names = "--cluster",
      description = "Use three nodes on this machine; needs the package ppmq-cluster.")
  private boolean cluster;

  @Mixin final HelpOption help = new HelpOption();

  public DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    long beginNanos = System.nanoTime();
    DemoStage stage = new DemoStage(terminal);
    if (cluster) {
      DemoCluster nodes = DemoCluster.prepare();
      cleaningUp(nodes, nodes.directory(), () -> play(nodes, stage));
      stage.summary();
      stage.say("The guide: docs/guide/cluster.md");
    } else {
      DemoBroker broker = DemoBroker.prepare();
      cleaningUp(broker, broker.directory(), () -> play(broker, stage));
      stage.summary();
      next(stage);
    }
    int status = stage.isFine() ? Status.DONE : Status.FAILED;
    double seconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos) / 1e3;
    stage.title(
        String.format(java.util.Locale.ROOT, "exit status %d, after %.1f s", status, seconds));
    return status;
  }

  private interface Play {
    void run() throws Exception;
  }

  /** Plays, and then removes all files, also after Ctrl-C. */
  private static void cleaningUp(Closeable made, Path directory, Play play) throws Exception {
    Thread hook = new Thread(() -> cleanUp(made, directory), "ppmq-demo-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try (made) {
      play.run();
    }
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private static void play(DemoCluster nodes, DemoStage stage) throws Exception {
    stage.title("ppMQ " + Version.current() + ": three nodes, started for this demo");
    DemoClusterScenes scenes = new DemoClusterScenes(nodes, stage);
    scenes.found();
    scenes.kill();
  }

  private static void play(DemoBroker broker, DemoStage stage) throws Exception {
    stage.title("ppMQ " + Version.current() + ": a real broker, started for this demo");
    stage.say("");
    stage.quote(broker.config());
    stage.say("");
    stage.say("$ ppmq serve -c " + broker.configFile());
    stage.say("ready after " + broker.start() + " ms");
    DemoScenes scenes = new DemoScenes(broker, stage);
    scenes.wire();
    scenes.priorities();
    scenes.dedupe();
    scenes.expiry();
    scenes.absence();
    scenes.kill();
    stage.check(broker.stop() == Status.DONE, "SIGTERM: the broker has stopped cleanly");
  }

  /** The next steps: the commands of the README, as they work in the current directory. */
  private static void next(DemoStage stage) {
    String lib = System.getProperty("java.library.path", "");
    boolean checkout = lib.endsWith("/ppmq-server/target/ppmq/lib");
    String ppmq = checkout ? "./ppmq" : "ppmq";
    String man = "man";
    if (!checkout && lib.endsWith("/lib") && !lib.startsWith("/usr/")) { // an unpacked tarball
      String home = lib.substring(0, lib.length() - "/lib".length());
      ppmq = home + "/bin/ppmq";
      man = "man -M " + home + "/man";
    }
    stage.title("Next: a broker of your own. Save this as ppmq.yaml");
    stage.quote(EXAMPLE);
    stage.title("and run each of these in a shell of its own");
    stage.say(ppmq + " serve                                       until Ctrl-C");
    stage.say(
        ppmq + " subscribe mailer                            prints and acknowledges messages");
    stage.say(ppmq + " publish -t alerts -p 0 'disk is 91 % full'  returns when it is confirmed");
    stage.say(ppmq + " stats                                       shows what is queued");
    stage.say("");
    stage.say(
        checkout
            ? "The guide: docs/guide/index.md"
            : "The manual: " + man + " ppmq, " + man + " ppmq.yaml");
    stage.say("");
  }

  private static void cleanUp(Closeable made, Path directory) {
    try {
      made.close();
    } catch (IOException e) {
      LOG.warn("not everything in {} was removed: {}", directory, e.getMessage());
    }
  }
}
