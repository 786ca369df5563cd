package io.ppmq.compare;

import io.ppmq.bench.ClientDriver;
import io.ppmq.bench.Driver;
import io.ppmq.bench.LoadDriver;
import io.ppmq.bench.PlayOptions;
import io.ppmq.bench.PpmqCluster;
import io.ppmq.bench.PpmqServer;
import io.ppmq.bench.Result;
import io.ppmq.bench.Server;
import io.ppmq.bench.Session;
import io.ppmq.bench.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/compare/run cluster}. */
@Command(
    name = "bench/compare/run cluster",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Gives the same work to three nodes of ppMQ with TLS, to three nodes of each other broker,",
      "and to a single ppMQ, all on this machine. Appends a line of JSON for each measurement",
      "to a file; 'bench/run report FILE' makes the table of docs/PERFORMANCE.md from it."
    })
public final class CompareCluster implements Callable<Integer> {
  private static final int PUSH = 50;
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.launcher", "ppmq"));
  private static final PpmqServer.Plan PLAN =
      new PpmqServer.Plan("always", 1, 1, PUSH, 1, false, false);
  private static final String MAJORITY_SYNCED = "synced on two of three";

  @Option(names = "--out", defaultValue = "cluster.jsonl", description = "${DEFAULT-VALUE}.")
  Path out = Path.of("");

  @Mixin PlayOptions play = new PlayOptions();

  @Option(names = "--only", split = ",", description = "Only brokers whose name starts with this.")
  List<String> only = List.of("");

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new CompareCluster()).execute(args));
  }

  /**
   * The published load.
   *
   * @param producers each with a connection of its own
   * @param batch messages in a value
   * @param window values that may await their confirm, for each producer
   */
  private record Load(String words, int producers, int batch, int window) {}

  private static final Load VALUES = new Load("50 messages, 64 outstanding", 1, 50, 64);
  private static final Load SINGLY = new Load("single messages, 64 connections", 64, 1, 1);

  /**
   * A broker, or several nodes of one.
   *
   * @param confirmed the durability that a confirm promises
   * @param killed whether the leading node is killed at the end
   */
  private record Entrant(
      String peer,
      String confirmed,
      Class<? extends Driver> driver,
      Contestant.Starter starter,
      List<Load> loads,
      boolean killed) {}

  private static List<Entrant> entrants() {
    Contestant.Starter three = directory -> PpmqCluster.start(LAUNCHER, directory, PLAN, false);
    Contestant.Starter relayed = directory -> PpmqCluster.start(LAUNCHER, directory, PLAN, true);
    Contestant.Starter single = directory -> PpmqServer.start(LAUNCHER, directory, PLAN);
    List<Load> values = List.of(VALUES);
    List<Load> both = List.of(VALUES, SINGLY);
    return List.of(
        new Entrant("ppMQ, three nodes", MAJORITY_SYNCED, ClientDriver.class, three, values, true),
        new Entrant(
            "ppMQ, three nodes, bare sockets",
            MAJORITY_SYNCED,
            LoadDriver.class,
            three,
            both,
            false),
        new Entrant(
            "ppMQ, three nodes, through a relay",
            MAJORITY_SYNCED,
            LoadDriver.class,
            relayed,
            values,
            false),
        new Entrant(
            "ppMQ, one broker, bare sockets", "synced", LoadDriver.class, single, both, false),
        new Entrant(
            "NATS JetStream, R3",
            "written on two of three, not synced",
            Nats.class,
            directory -> NatsCluster.start(directory, "2m"),
            values,
            true),
        new Entrant(
            "NATS JetStream, R3, sync always",
            MAJORITY_SYNCED,
            Nats.class,
            directory -> NatsCluster.start(directory, "always"),
            values,
            false),
        new Entrant(
            "RabbitMQ, quorum queue on three nodes",
            MAJORITY_SYNCED,
            RabbitMq.class,
            RabbitMqCluster::start,
            values,
            true));
  }

  @Override
  public Integer call() throws Exception {
    int failures = 0;
    for (Entrant entrant : entrants()) {
      if (only.stream().anyMatch(entrant.peer()::startsWith)) {
        failures += tried(entrant);
      }
    }
    return failures == 0 ? 0 : 1;
  }

  /** Runs one entrant; a failure is reported, and the other entrants still run. */
  private int tried(Entrant entrant) throws IOException, InterruptedException {
    Path directory = play.directory("ppmq-compare-");
    try (Server server = entrant.starter().start(directory)) {
      for (Load load : entrant.loads()) {
        play(entrant, server, load, directory);
      }
      if (entrant.killed()) {
        Result result = new Result("failover");
        result.put("failoverMillis", Failover.millis(server));
        note(entrant, server, result);
      }
      return 0;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      System.err.println(entrant.peer() + ": " + e);
      return 1;
    } finally {
      PlayOptions.remove(directory);
    }
  }

  private void play(Entrant entrant, Server server, Load load, Path directory) throws Exception {
    try (Session session = session(entrant, server, load, directory)) {
      session.openProducers();
      session.openSubscribers();
      session.flow("warm-up", play.pace(0, load.window()));
      Result result = session.flow("flow", play.pace(0, load.window()));
      result.put("shape", load.words());
      note(entrant, server, result);
      session.closeSubscribers();
    }
  }

  private void note(Entrant entrant, Server server, Result result) throws Exception {
    result.put("study", "cluster");
    result.put("peer", entrant.peer());
    result.put("version", server.version());
    result.put("durability", entrant.confirmed());
    PlayOptions.print(result, server.data(), out);
  }

  private Session session(Entrant entrant, Server server, Load load, Path directory)
      throws IOException {
    Settings told =
        new Settings(Map.of())
            .with("topics", 1)
            .with("subscribers", 1)
            .with("producers", load.producers())
            .with("payload", play.payloadBytes())
            .with("batch", load.batch())
            .with("priorities", 1)
            .with("keys", 0)
            .with("ends", load.producers());
    long patienceSeconds = 120 + (long) (20 * play.seconds());
    return new Session(server, entrant.driver(), told, directory, patienceSeconds);
  }
}
