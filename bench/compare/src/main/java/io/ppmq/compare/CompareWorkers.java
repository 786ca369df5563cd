package io.ppmq.compare;

import io.ppmq.bench.Driver;
import io.ppmq.bench.PlayOptions;
import io.ppmq.bench.PpmqServer;
import io.ppmq.bench.Result;
import io.ppmq.bench.Server;
import io.ppmq.bench.Session;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WorkersDriver;
import io.ppmq.load.Pace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/compare/run workers}. */
@Command(
    name = "bench/compare/run workers",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Gives ppMQ and other brokers the same work: messages for several workers of one",
      "subscriber, delayed messages with different due times, and messages that are nacked once.",
      "Appends a line of JSON for each measurement to a file; 'bench/run report FILE' makes the",
      "tables of docs/PERFORMANCE.md from it."
    })
public final class CompareWorkers implements Callable<Integer> {
  private static final int BATCH = 50;
  private static final int WINDOW = 16;

  /**
   * 10,000 messages are 400 batches; a broker that has run for a minute has handled several
   * thousand.
   */
  private static final int NACK_WARM_UPS = 20;

  /** A drain takes a tenth of a second, so that one differs from the next; the median counts. */
  private static final int NACK_DRAINS = 9;

  @Option(names = "--out", defaultValue = "workers.jsonl", description = "${DEFAULT-VALUE}.")
  Path out = Path.of("");

  @Mixin PlayOptions play = new PlayOptions();

  @Option(
      names = "--workers",
      split = ",",
      defaultValue = "1,4,20,100",
      description = "Numbers of workers, one part for each; 0 skips them: ${DEFAULT-VALUE}.")
  int[] workers = {};

  @Option(
      names = "--delayed",
      defaultValue = "1000000",
      description = "Delayed messages; 0 skips this part: ${DEFAULT-VALUE}.")
  long delayed;

  @Option(
      names = "--delay",
      defaultValue = "75",
      description = "Seconds until the first delayed message is due: ${DEFAULT-VALUE}.")
  int delaySeconds;

  @Option(
      names = "--nacked",
      defaultValue = "9950",
      description = {
        "Messages to nack, besides one that ends the part; ppMQ lets at most 10,000 wait. 0 skips",
        "this part: ${DEFAULT-VALUE}."
      })
  long nacked;

  @Option(
      names = "--nack-pauses",
      split = ",",
      defaultValue = "0,1000",
      description = "Milliseconds until a nacked message is delivered again: ${DEFAULT-VALUE}.")
  int[] nackMillis = {};

  @Option(names = "--only", split = ",", description = "Only brokers whose name starts with this.")
  List<String> only = List.of("");

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new CompareWorkers()).execute(args));
  }

  /** All brokers; {@code ahead} is the number of messages that ppMQ sends at once. */
  private static List<Contestant> contestants(int ahead) {
    List<Contestant> all = new ArrayList<>();
    Durability late = Durability.WITHIN_A_SECOND;
    all.add(ppmq("ppMQ", late, "1s", ahead));
    all.add(ppmq("ppMQ, synced before the confirm", Durability.SYNCED, "always", ahead));
    all.add(
        new Contestant(
            "beanstalkd",
            late,
            "-b -f 1000",
            BeanstalkdWorkers.class,
            directory -> Beanstalkd.start(directory, 1000)));
    all.add(
        new Contestant(
            "NATS JetStream",
            late,
            "file, sync_interval 1s",
            NatsWorkers.class,
            directory -> Nats.start(directory, "1s")));
    all.add(
        new Contestant(
            "RabbitMQ",
            late,
            "classic queue v2, persistent, confirms",
            RabbitMqWorkers.class,
            directory -> RabbitMq.start(directory, false)));
    return all;
  }

  private static Contestant ppmq(String name, Durability durability, String sync, int ahead) {
    Path launcher = Path.of(System.getProperty("ppmq.launcher", "ppmq"));
    PpmqServer.Plan plan = new PpmqServer.Plan(sync, 1, 1, ahead, 1, false, false);
    return new Contestant(
        name,
        durability,
        "Sync: " + sync,
        WorkersDriver.class,
        directory -> PpmqServer.start(launcher, directory, plan));
  }

  private static Contestant named(List<Contestant> all, String peer) {
    return all.stream().filter(each -> each.peer().equals(peer)).findFirst().orElseThrow();
  }

  /** One part of the comparison. */
  private interface Part {
    void play(Contestant contestant, Server server, Path directory) throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    int failures = 0;
    List<Contestant> nacking = contestants(Nats.FETCH); // one worker, as far ahead as that of NATS
    for (Contestant contestant : contestants(BATCH)) {
      if (only.stream().anyMatch(contestant.peer()::startsWith)) {
        failures += tried(contestant, this::workers);
        for (int pause : nacked > 0 ? nackMillis : new int[0]) {
          Contestant same = named(nacking, contestant.peer());
          failures += tried(same, (c, server, directory) -> nacks(c, server, directory, pause));
        }
        // NATS cannot delay published messages.
        if (delayed > 0 && contestant.driver() != NatsWorkers.class) {
          failures += tried(contestant, this::delays);
        }
      }
    }
    return failures == 0 ? 0 : 1;
  }

  /** Runs one part in a separate broker; a failure is reported, and the other parts still run. */
  private int tried(Contestant contestant, Part part) throws IOException, InterruptedException {
    Path directory = play.directory("ppmq-compare-");
    try (Server server = contestant.starter().start(directory)) {
      part.play(contestant, server, directory);
      return 0;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      System.err.println(contestant.peer() + ": " + e);
      return 1;
    } finally {
      PlayOptions.remove(directory);
    }
  }

  private void workers(Contestant contestant, Server server, Path directory) throws Exception {
    for (int count : workers) {
      if (count == 0) {
        continue;
      }
      try (Session session = session(server, contestant.driver(), directory, count, 0, -1)) {
        session.openSubscribers();
        session.openProducers();
        session.flow("warm-up", play.pace(0, WINDOW));
        Result result = session.flow("flow", play.pace(0, WINDOW));
        result.put("workers", count);
        note("workers", result, contestant, server);
      }
    }
  }

  private void nacks(Contestant contestant, Server server, Path directory, int pause)
      throws Exception {
    Pace all = new Pace(nacked, Long.MAX_VALUE, 0, WINDOW);
    try (Session session = session(server, contestant.driver(), directory, 1, 0, pause)) {
      session.openProducers();
      for (int i = 0; i < NACK_WARM_UPS; i++) {
        drainNacked(session, all);
      }
      List<Result> drains = new ArrayList<>();
      for (int i = 0; i < NACK_DRAINS; i++) {
        drains.add(drainNacked(session, all));
      }
      drains.sort(Comparator.comparingDouble(drain -> drain.number("messagesPerSecond")));
      Result result = drains.get(NACK_DRAINS / 2);
      result.put("pauseMillis", pause);
      note("nacks", result, contestant, server);
    }
  }

  private static Result drainNacked(Session session, Pace all) throws Exception {
    session.fill("fill", all);
    session.openSubscribers();
    Result result = session.drain("drain");
    session.closeSubscribers();
    return result;
  }

  private void delays(Contestant contestant, Server server, Path directory) throws Exception {
    try (Session session = session(server, contestant.driver(), directory, 1, delaySeconds, -1)) {
      Result idle = new Result("idle");
      idle.put("rssBytes", server.usage().residentBytes());
      note("delays", idle, contestant, server);
      session.openProducers();
      long dueNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(delaySeconds);
      Result fill = session.fill("fill", new Pace(delayed, Long.MAX_VALUE, 0, WINDOW));
      TimeUnit.SECONDS.sleep(3); // freed memory goes back to the system after a while
      fill.put("rssBytes", server.usage().residentBytes());
      note("delays", fill, contestant, server);
      Result start = new Result("start");
      start.put("startMillis", server.crash() / 1e6);
      start.put("rssBytes", server.usage().residentBytes());
      start.put("secondsLeft", (dueNanos - System.nanoTime()) / 1e9);
      note("delays", start, contestant, server);
      session.openSubscribers();
      note("delays", session.drain("drain"), contestant, server);
    }
  }

  private Session session(
      Server server,
      Class<? extends Driver> driver,
      Path directory,
      int workerCount,
      int delay,
      int nackPause)
      throws IOException {
    Settings told =
        new Settings(Map.of())
            .with("subscribers", 1)
            .with("payload", play.payloadBytes())
            .with("batch", BATCH)
            .with("ends", 1)
            .with("workers", workerCount)
            .with("delaySeconds", delay)
            .with("nackMillis", nackPause);
    long patienceSeconds = 120 + (long) (20 * play.seconds()) + delay + delayed / 1_000;
    return new Session(server, driver, told, directory, patienceSeconds);
  }

  private void note(String study, Result result, Contestant contestant, Server server)
      throws Exception {
    result.put("study", study);
    result.put("peer", contestant.peer());
    result.put("version", server.version());
    result.put("durability", contestant.durability().words());
    result.put("settings", contestant.settings());
    PlayOptions.print(result, server.data(), out);
  }
}
