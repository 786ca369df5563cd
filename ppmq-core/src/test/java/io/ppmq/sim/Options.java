package io.ppmq.sim;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The options of a simulation.
 *
 * @param seed the source of the seeds of the lives
 * @param life the seed of the only life; null for as many lives as time allows
 * @param seconds when to stop, in real time
 * @param events when to stop, in events
 * @param lifeEvents events in one life, before everything that is left is delivered
 * @param store {@code memory} or {@code rocksdb}
 * @param bug the bug to plant; null for none
 * @param allBugs whether to plant one bug after another
 * @param listsBugs whether only to list the bugs
 * @param cluster whether every life is one of a cluster
 * @param traces whether to print every event
 * @param project the directory of ppmq-core
 */
record Options(
    long seed,
    @Nullable Long life,
    double seconds,
    long events,
    int lifeEvents,
    String store,
    @Nullable String bug,
    boolean allBugs,
    boolean listsBugs,
    boolean cluster,
    boolean traces,
    Path project) {

  static final String USAGE =
      "usage: ppmq-sim [--seed N] [--minutes M] [--events N] [--life SEED] [--life-events N]"
          + " [--store memory|rocksdb] [--cluster] [--trace] [--bug NAME | --all-bugs | --list-bugs]";

  private static final int LIFE_EVENTS = 3_000;
  private static final double ONE_MINUTE = 60;

  /** Reads the arguments; refuses unknown ones. */
  static Options of(String... args) {
    Options read =
        new Options(
            System.nanoTime() & 0xffff_ffffL,
            null,
            0,
            Long.MAX_VALUE,
            LIFE_EVENTS,
            "memory",
            null,
            false,
            false,
            false,
            false,
            Path.of(System.getProperty("ppmq.core", "ppmq-core")));
    for (int i = 0; i < args.length; i++) {
      boolean flag = args[i].matches("--(all-bugs|list-bugs|cluster|trace)");
      if (!flag && i + 1 == args.length) {
        throw new IllegalArgumentException(args[i] + " is no option, or lacks its value");
      }
      read = read.with(args[i], flag ? "" : args[++i]);
    }
    boolean unbounded = read.seconds == 0 && read.events == Long.MAX_VALUE;
    return unbounded
        ? read.withSeconds(ONE_MINUTE)
        : read.seconds == 0 ? read.withSeconds(1e9) : read;
  }

  private Options with(String name, String value) {
    return switch (name) {
      case "--seed" -> with(Long.parseLong(value), life, seconds, events, lifeEvents);
      case "--life" -> with(seed, Long.valueOf(value), seconds, events, lifeEvents);
      case "--minutes" -> with(seed, life, Double.parseDouble(value) * 60, events, lifeEvents);
      case "--events" -> with(seed, life, seconds, Long.parseLong(value), lifeEvents);
      case "--life-events" -> with(seed, life, seconds, events, Integer.parseInt(value));
      case "--store" -> with(storeOf(value), bug, allBugs, listsBugs, cluster, traces);
      case "--bug" -> with(store, value, allBugs, listsBugs, cluster, traces);
      case "--all-bugs" -> with(store, bug, true, listsBugs, cluster, traces);
      case "--list-bugs" -> with(store, bug, allBugs, true, cluster, traces);
      case "--cluster" -> with(store, bug, allBugs, listsBugs, true, traces);
      case "--trace" -> with(store, bug, allBugs, listsBugs, cluster, true);
      default -> throw new IllegalArgumentException("there is no option " + name);
    };
  }

  private static String storeOf(String value) {
    if (!value.matches("memory|rocksdb")) {
      throw new IllegalArgumentException("there is no store " + value);
    }
    return value;
  }

  private Options with(
      long newSeed, @Nullable Long newLife, double newSeconds, long newEvents, int newLifeEvents) {
    return new Options(
        newSeed,
        newLife,
        newSeconds,
        newEvents,
        newLifeEvents,
        store,
        bug,
        allBugs,
        listsBugs,
        cluster,
        traces,
        project);
  }

  private Options with(
      String newStore,
      @Nullable String newBug,
      boolean all,
      boolean lists,
      boolean newCluster,
      boolean newTraces) {
    return new Options(
        seed,
        life,
        seconds,
        events,
        lifeEvents,
        newStore,
        newBug,
        all,
        lists,
        newCluster,
        newTraces,
        project);
  }

  Options withSeconds(double newSeconds) {
    return with(seed, life, newSeconds, events, lifeEvents);
  }

  /** The same options for the sources in another directory. */
  Options in(Path core) {
    return new Options(
        seed,
        life,
        seconds,
        events,
        lifeEvents,
        store,
        bug,
        allBugs,
        listsBugs,
        cluster,
        traces,
        core);
  }

  boolean onDisk() {
    return store.equals("rocksdb");
  }

  /** The command that repeats a life. */
  String replay(long lifeSeed) {
    String planted = System.getProperty("ppmq.bug", "");
    return "./ppmq-sim --life "
        + lifeSeed
        + (lifeEvents == LIFE_EVENTS ? "" : " --life-events " + lifeEvents)
        + (onDisk() ? " --store rocksdb" : "")
        + (cluster ? " --cluster" : "")
        + (planted.isEmpty() ? "" : " --bug " + planted);
  }
}
