package io.ppmq.sim;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs lives until one of them breaks a promise, or time or events are used up. A master seed gives
 * a seed to each life, so that a failed life is repeated alone.
 */
final class Simulation {
  private static final long REPORT_NANOS = 5_000_000_000L;
  private static final int TRACE_LINES = 30;

  private final Options options;
  private final PrintStream out;
  private final Tally tally = new Tally();
  private final long begunNanos = System.nanoTime();
  private long reportedNanos = begunNanos;

  Simulation(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs the command; the exit status tells whether everything held. */
  public static void main(String[] args) {
    System.exit(run(args, System.out));
  }

  /**
   * Runs the command for a caller that has loaded these classes in another way; returns 0 if
   * everything held.
   */
  public static int run(String[] args, PrintStream out) {
    if (List.of(args).contains("--help")) {
      out.println(Options.USAGE);
      return 0;
    }
    try {
      Options options = Options.of(args);
      if (options.listsBugs()) {
        Mutation.all(options.project()).forEach(m -> out.println(m.name() + ": " + m.sentence()));
        return 0;
      }
      if (options.allBugs()) {
        return new Hunt(options, out).huntAll() ? 0 : 1;
      }
      if (options.bug() != null) {
        return new Hunt(options, out).plant(options.bug());
      }
      return new Simulation(options, out).run() == null ? 0 : 1;
    } catch (IllegalArgumentException e) {
      out.println("ppmq-sim: " + e.getMessage());
      out.println(Options.USAGE);
      return 2;
    }
  }

  /** Runs; returns the broken invariant, or null if everything held. */
  @Nullable Invariant run() {
    Invariant broken;
    if (options.life() != null) {
      broken = live(options.life());
    } else {
      out.println(
          "seed "
              + options.seed()
              + ", store "
              + options.store()
              + (options.cluster() ? ", on three machines" : ""));
      broken = liveOnAndOn();
    }
    report();
    if (broken == null) {
      out.println("every promise was kept");
    }
    return broken;
  }

  private @Nullable Invariant liveOnAndOn() {
    Random seeds = new Random(options.seed());
    while (tally.events < options.events() && seconds() < options.seconds()) {
      Invariant broken = live(seeds.nextLong());
      if (broken != null) {
        return broken;
      }
      if (System.nanoTime() - reportedNanos > REPORT_NANOS) {
        report();
      }
    }
    return null;
  }

  private double seconds() {
    return (System.nanoTime() - begunNanos) / 1e9;
  }

  private void report() {
    reportedNanos = System.nanoTime();
    out.printf(
        "%.1f s: %s (%,.0f simulated seconds a second)%n",
        seconds(), tally, tally.simulatedNanos / 1e9 / seconds());
  }

  private @Nullable Invariant live(long seed) {
    if (!options.onDisk()) {
      return live(seed, null, null);
    }
    Path directory = null;
    try {
      directory = Files.createTempDirectory("ppmq-sim");
      return live(seed, new RocksDisk(directory.resolve("data")), directory);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } finally {
      remove(directory);
    }
  }

  private static void remove(@Nullable Path directory) {
    if (directory != null) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private @Nullable Invariant live(long seed, @Nullable SimDisk disk, @Nullable Path directory) {
    Life life =
        new Life(
            seed,
            options.lifeEvents(),
            disk,
            options.cluster() ? Sharing.CLUSTER : null,
            directory,
            options.traces() ? out : null);
    try {
      life.run();
      return null;
    } catch (Violation violation) {
      tell(seed, life, violation);
      return violation.invariant();
    } finally {
      tally.add(life.tally());
      life.close();
    }
  }

  private void tell(long seed, Life life, Violation violation) {
    List<String> lines = life.trace().lines();
    lines.subList(Math.max(0, lines.size() - TRACE_LINES), lines.size()).forEach(out::println);
    out.println();
    out.println(violation.invariant() + " is broken: " + violation.getMessage());
    out.println("  (" + violation.invariant().promise() + ")");
    if (violation.getCause() != null) {
      violation.getCause().printStackTrace(out);
    }
    out.println("seed " + seed + ", event " + life.tally().events + "; to see it again:");
    out.println("  " + options.replay(seed));
    out.println();
  }
}
