package io.ppmq.bench;

import io.ppmq.load.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq-bench run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts a broker in its own directory, a process of producers and a process of subscribers,",
      "and measures a warm-up; a backlog, queued and then delivered; messages at full speed; and",
      "messages at fixed rates. Prints a line of JSON for each part."
    })
final class Run implements Callable<Integer> {
  @Option(
      names = "--name",
      defaultValue = "run",
      description = "The name of the run in the report: ${DEFAULT-VALUE}.")
  String name = "";

  @Option(
      names = "--topics",
      defaultValue = "1",
      description = "The number of topics: ${DEFAULT-VALUE}.")
  int topics;

  @Option(
      names = "--subscribers",
      defaultValue = "1",
      description = "The number of subscribers of every topic: ${DEFAULT-VALUE}.")
  int subscribers;

  @Option(
      names = "--producers",
      defaultValue = "1",
      description = "The number of producers: ${DEFAULT-VALUE}.")
  int producers;

  @Option(
      names = "--sync",
      defaultValue = "always",
      description = "The value of Sync: ${DEFAULT-VALUE}.")
  String sync = "";

  @Option(
      names = "--keys",
      defaultValue = "0",
      description = "Dedupe with this many keys; 0 for no dedupe: ${DEFAULT-VALUE}.")
  long keys;

  @Option(
      names = "--priorities",
      defaultValue = "1",
      description = "The number of priorities, 1 to 10: ${DEFAULT-VALUE}.")
  int priorities;

  @Option(
      names = "--batch",
      defaultValue = "50",
      description = "Messages in a value, and the most in a push: ${DEFAULT-VALUE}.")
  int batch;

  @Option(
      names = "--window",
      defaultValue = "16",
      description = "Values that may await their confirm; 0 asks for none: ${DEFAULT-VALUE}.")
  int window;

  @Option(
      names = "--backlog",
      defaultValue = "0",
      description = "Messages to queue before a subscriber connects: ${DEFAULT-VALUE}.")
  long backlog;

  @Option(
      names = "--absent",
      description = "Add a subscriber that never connects, so that its backlog stays.")
  boolean absent;

  @Option(
      names = "--push",
      description = "The most messages in a push. Default: the value of --batch.")
  int push;

  @Option(
      names = "--cluster",
      description = "Use three nodes on this machine, with TLS, instead of a single broker.")
  boolean cluster;

  @Option(names = "--relay", description = "Like --cluster, and all programs connect to a relay.")
  boolean relay;

  @Mixin PlayOptions play = new PlayOptions();

  @Option(
      names = "--rate",
      split = ",",
      defaultValue = "10000",
      description =
          "Fixed rates in messages per second, a part for each; 0 for none: ${DEFAULT-VALUE}.")
  double[] rates = {};

  @Option(
      names = "--rate-batch",
      description = "Messages in a value at the fixed rates. Default: the value of --batch.")
  int rateBatch;

  @Option(names = "--client", description = "Use ppmq-client instead of prepared bytes.")
  boolean client;

  @Option(names = "--keep", description = "Keep the directory with logs and data.")
  boolean keep;

  @Option(names = "--out", description = "Also append the lines to this file.")
  @Nullable Path out;

  @Option(names = "--launcher", hidden = true)
  Path launcher = Path.of(System.getProperty("ppmq.launcher", "ppmq"));

  @Override
  public Integer call() throws Exception {
    Path directory = play.directory("ppmq-bench-");
    try {
      play(directory, batch, rateBatch == 0 || rateBatch == batch);
      if (rateBatch != 0 && rateBatch != batch) {
        Path second = Files.createDirectory(directory.resolve("singly"));
        playRates(second);
      }
    } finally {
      if (!keep) {
        PlayOptions.remove(directory);
      }
    }
    return 0;
  }

  private void play(Path directory, int valueMessages, boolean withRates) throws Exception {
    try (Server server = server(directory);
        Session session = session(server, directory, valueMessages)) {
      session.openProducers();
      if (backlog > 0) {
        Pace all = new Pace(backlog, Long.MAX_VALUE, 0, window);
        print(session.fill("fill", all), directory, server);
        session.openSubscribers();
        print(session.drain("drain"), directory, server);
      } else {
        session.openSubscribers();
      }
      session.flow("warm-up", play.pace(0, window));
      print(session.flow("flow", play.pace(0, window)), directory, server);
      if (withRates) {
        rates(session, directory, server);
      }
    }
  }

  private void playRates(Path directory) throws Exception {
    try (Server server = server(directory);
        Session session = session(server, directory, rateBatch)) {
      session.openProducers();
      session.openSubscribers();
      session.flow("warm-up", play.pace(rates[0], window));
      rates(session, directory, server);
    }
  }

  private void rates(Session session, Path directory, Server server) throws Exception {
    for (double rate : rates) {
      if (rate == 0) {
        continue;
      }
      Result result = session.flow("rate", play.pace(rate, window));
      result.put("rate", rate);
      print(result, directory, server);
    }
  }

  private Server server(Path directory) throws IOException, InterruptedException {
    int pushed = push == 0 ? batch : push;
    PpmqServer.Plan plan =
        new PpmqServer.Plan(sync, topics, subscribers, pushed, priorities, keys > 0, absent);
    return cluster || relay
        ? PpmqCluster.start(launcher, directory, plan, relay)
        : PpmqServer.start(launcher, directory, plan);
  }

  private Session session(Server server, Path directory, int valueMessages) throws IOException {
    Settings told =
        new Settings(Map.of())
            .with("topics", topics)
            .with("subscribers", subscribers)
            .with("producers", producers)
            .with("payload", play.payloadBytes())
            .with("batch", valueMessages)
            .with("priorities", priorities)
            .with("keys", keys)
            .with("ends", topics * producers);
    long patienceSeconds = 60 + (long) (10 * play.seconds()) + backlog / 5_000;
    Class<? extends Driver> driver = client ? ClientDriver.class : LoadDriver.class;
    return new Session(server, driver, told, directory, patienceSeconds);
  }

  private void print(Result result, Path directory, Server server) throws Exception {
    result.put("name", name);
    result.put("peer", client ? "ppMQ, ppmq-client" : "ppMQ");
    result.put("version", server.version());
    result.put("sync", sync);
    result.put(
        "shape",
        "%d topics, %d subscribers, %d producers, %d keys, %d priorities, %d bytes, window %d"
            .formatted(
                topics, subscribers, producers, keys, priorities, play.payloadBytes(), window));
    PlayOptions.print(result, directory, out);
  }
}
