package io.ppmq.compare;

import io.ppmq.bench.ClientDriver;
import io.ppmq.bench.LoadDriver;
import io.ppmq.bench.PlayOptions;
import io.ppmq.bench.PpmqServer;
import io.ppmq.bench.Result;
import io.ppmq.bench.Server;
import io.ppmq.bench.Session;
import io.ppmq.bench.Settings;
import io.ppmq.load.Pace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/compare/run}. */
@Command(
    name = "bench/compare/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Gives ppMQ and other brokers the same work in turn, in several rounds: messages at full",
      "speed, messages at a fixed rate, and in the first round messages that are queued while no",
      "subscriber is connected. Appends a line of JSON for each measurement to a file;",
      "'bench/run report FILE' makes the tables of docs/PERFORMANCE.md from it."
    })
public final class Compare implements Callable<Integer> {
  private static final int BATCH = 50;

  @Option(names = "--out", defaultValue = "compare.jsonl", description = "${DEFAULT-VALUE}.")
  Path out = Path.of("");

  @Option(names = "--rounds", defaultValue = "3", description = "${DEFAULT-VALUE}.")
  int rounds;

  @Mixin PlayOptions play = new PlayOptions();

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description = "Messages per second at the fixed rate: ${DEFAULT-VALUE}.")
  double rate;

  @Option(
      names = "--queued",
      defaultValue = "1000000",
      description = "Messages to queue; 0 skips this part: ${DEFAULT-VALUE}.")
  long queued;

  @Option(
      names = "--window",
      defaultValue = "16",
      description = "Batches of 50 that may await their confirm: ${DEFAULT-VALUE}.")
  int window;

  @Option(names = "--only", split = ",", description = "Only brokers whose name starts with this.")
  List<String> only = List.of("");

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Compare()).execute(args));
  }

  private static List<Contestant> contestants() {
    List<Contestant> all = new ArrayList<>();
    Path launcher = Path.of(System.getProperty("ppmq.launcher", "ppmq"));
    for (Durability durability : Durability.values()) {
      boolean synced = durability == Durability.SYNCED;
      String sync = synced ? "always" : "1s";
      PpmqServer.Plan plan = new PpmqServer.Plan(sync, 1, 1, BATCH, 1, false, false);
      Contestant.Starter ppmq = directory -> PpmqServer.start(launcher, directory, plan);
      String told = "Sync: " + sync;
      all.add(new Contestant("ppMQ", durability, told, ClientDriver.class, ppmq));
      all.add(new Contestant("ppMQ, bare sockets", durability, told, LoadDriver.class, ppmq));
      long millis = synced ? 0 : 1000;
      all.add(
          new Contestant(
              "beanstalkd",
              durability,
              "-b -f " + millis,
              Beanstalkd.class,
              directory -> Beanstalkd.start(directory, millis)));
      String appendfsync = synced ? "always" : "everysec";
      all.add(
          new Contestant(
              "Redis Streams",
              durability,
              "appendonly, appendfsync " + appendfsync,
              Redis.class,
              directory -> Redis.start(directory, appendfsync)));
      all.add(
          new Contestant(
              "NATS JetStream",
              durability,
              "file, sync_interval " + sync,
              Nats.class,
              directory -> Nats.start(directory, sync)));
      all.add(
          new Contestant(
              "RabbitMQ",
              durability,
              (synced ? "quorum queue" : "classic queue v2") + ", persistent, confirms",
              RabbitMq.class,
              directory -> RabbitMq.start(directory, synced)));
      all.add(
          new Contestant(
              "ActiveMQ Artemis",
              durability,
              "journal-datasync " + synced,
              Artemis.class,
              directory -> Artemis.start(directory, synced)));
    }
    return all;
  }

  @Override
  public Integer call() throws Exception {
    int failures = 0;
    for (int round = 1; round <= rounds; round++) {
      for (Contestant contestant : contestants()) {
        if (only.stream().anyMatch(contestant.peer()::startsWith)) {
          failures += tried(contestant, round) ? 0 : 1;
        }
      }
    }
    return failures == 0 ? 0 : 1;
  }

  /** Runs one contestant; a failure is reported, and the other contestants still run. */
  private boolean tried(Contestant contestant, int round) {
    try {
      if (round == 1 && queued > 0 && isForQueue(contestant)) {
        queue(contestant);
      }
      play(contestant, round);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Exception e) {
      System.err.println(contestant.peer() + ", " + contestant.durability().words() + ": " + e);
      return false;
    }
  }

  /** The memory of a queue does not depend on how soon it is synced, so one class is measured. */
  private static boolean isForQueue(Contestant contestant) {
    boolean bare = contestant.driver() == LoadDriver.class;
    return !bare && contestant.durability() == Durability.WITHIN_A_SECOND;
  }

  private void play(Contestant contestant, int round) throws Exception {
    Path directory = play.directory("ppmq-compare-");
    try (Server server = contestant.starter().start(directory);
        Session session = session(server, contestant, directory)) {
      session.openProducers();
      session.openSubscribers();
      session.flow("warm-up", play.pace(0, window));
      note(session.flow("flow", play.pace(0, window)), contestant, server, round);
      Result steady = session.flow("rate", play.pace(rate, window));
      steady.put("rate", rate);
      note(steady, contestant, server, round);
    } finally {
      PlayOptions.remove(directory);
    }
  }

  private void queue(Contestant contestant) throws Exception {
    Path directory = play.directory("ppmq-compare-");
    try (Server server = contestant.starter().start(directory);
        Session session = session(server, contestant, directory)) {
      Result idle = new Result("idle");
      idle.put("rssBytes", server.usage().residentBytes());
      idle.put("rssPrivateBytes", server.usage().privateBytes());
      note(idle, contestant, server, 1);
      session.openProducers();
      Pace all = new Pace(queued, Long.MAX_VALUE, 0, window);
      note(session.fill("fill", all), contestant, server, 1);
      session.openSubscribers();
      note(session.drain("drain"), contestant, server, 1);
    } finally {
      PlayOptions.remove(directory);
    }
  }

  private Session session(Server server, Contestant contestant, Path directory) throws IOException {
    Settings told =
        new Settings(Map.of())
            .with("topics", 1)
            .with("subscribers", 1)
            .with("producers", 1)
            .with("payload", play.payloadBytes())
            .with("batch", BATCH)
            .with("priorities", 1)
            .with("keys", 0)
            .with("ends", 1);
    long patienceSeconds = 120 + (long) (20 * play.seconds()) + queued / 1_000;
    return new Session(server, contestant.driver(), told, directory, patienceSeconds);
  }

  private void note(Result result, Contestant contestant, Server server, int round)
      throws Exception {
    result.put("peer", contestant.peer());
    result.put("version", server.version());
    result.put("durability", contestant.durability().words());
    result.put("settings", contestant.settings());
    result.put("round", round);
    result.put("window", window);
    result.put("payload", play.payloadBytes());
    PlayOptions.print(result, server.data(), out);
  }
}
