package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Three brokers that keep one queue, on machines that suffer one fault after another, chosen by a
 * seed, while programs on all machines work and the {@link ClusterLedger} keeps an account outside.
 */
final class ClusterTorture implements Closeable {
  /** A fault, and whether it strikes the leader; a deck has each card once. */
  private record Card(ClusterFault fault, boolean ofLeader) {
    @Override
    public String toString() {
      return fault.isOfOne()
          ? fault + " of " + (ofLeader ? "the leader" : "a follower")
          : "" + fault;
    }
  }

  private static final long ELECTION_MILLIS = 1000;

  /** The bound on two busy cores, twice as long as on a quiet machine. */
  private static final long FAIL_OVER_MILLIS_MAX = 8000;

  private static final long LEADS_ALONE_MILLIS_MAX = 2 * ELECTION_MILLIS;
  private static final long SLOWED_MILLIS = 6000;
  private static final long STOPPED_MILLIS = 3 * ELECTION_MILLIS;

  /** The time after which the reserve of the log and the patience with the disk are used up. */
  private static final long FULL_MILLIS = 8000;

  private static final long REST_MILLIS_MAX = 2000;
  private static final long BRIEF_REST_MILLIS_MAX = 200;

  /** The time for operations under way to end before clocks are set. */
  private static final long SETTLED_MILLIS = 1000;

  private final long seed;
  private final boolean brief;
  private final Random random;
  private final Pace pace = Pace.watch();
  private final HostileNetwork network;
  private final ClusterSite cluster;
  private final Machines machines;
  private final ClusterLedger ledger = new ClusterLedger(pace);
  private final ClusterLoad load;
  private final Deque<Card> deck = new ArrayDeque<>();
  private final Map<Card, List<Long>> pauseMillis = new LinkedHashMap<>();
  private int failOvers;

  /**
   * Makes the network and the files; starts nothing yet.
   *
   * @param brief whether to use only short faults of the leader, one after another
   */
  ClusterTorture(long seed, boolean brief, Path keys) throws Exception {
    this.seed = seed;
    this.brief = brief;
    this.random = new Random(seed);
    this.network = HostileNetwork.of(ClusterSite.NAMES.size());
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < ClusterSite.NAMES.size(); i++) {
      addresses.add(HostileNetwork.address(i) + ":7654");
    }
    this.cluster = new ClusterSite(keys, layout(), addresses);
    this.load = new ClusterLoad(cluster, ledger, random);
    this.machines = new Machines(cluster, network, load);
  }

  private static Layout layout() {
    return new Layout()
        .with("MinFreeDisk: 4MiB")
        .topicFor(
            List.of(ClusterLedger.WORKER), ClusterLedger.PLAIN, "Priorities: 2", "AckRetry: 0")
        .topicFor(
            List.of(ClusterLedger.KEYED_WORKER), ClusterLedger.KEYED, "Dedupe: true", "AckRetry: 0")
        .topicFor(
            List.of(ClusterLedger.LISTENER), ClusterLedger.PUSHED, "Priorities: 2", "AckRetry: 2s")
        .subscriberWithoutSocket(ClusterLedger.WORKER)
        .subscriberWithoutSocket(ClusterLedger.KEYED_WORKER)
        .batch(ClusterLedger.WORKER, 20)
        .batch(ClusterLedger.KEYED_WORKER, 7);
  }

  /** Runs until this many faults have struck a leader. */
  void run(int times) throws Exception {
    for (Machine machine : machines.all()) {
      machine.start();
    }
    cluster.join();
    load.start();
    try {
      goOn(times);
      drain();
    } catch (Exception | AssertionError e) {
      System.out.println("with seed " + seed + ":");
      for (Machine machine : machines.all()) {
        List<String> log = machine.broker().errors();
        System.out.println(machine.name() + " said at last:");
        log.subList(Math.max(0, log.size() - 30), log.size()).forEach(System.out::println);
      }
      throw e;
    }
  }

  private void goOn(int times) throws Exception {
    for (int faults = 1; failOvers < times; faults++) {
      pause(random.nextLong(restMillisMax()));
      Card card = draw();
      failOvers += card.ofLeader ? 1 : 0;
      LocalTime at = LocalTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS);
      System.out.printf("%d (%d of %d) %s %s: ", faults, failOvers, times, at, card);
      System.out.println(befall(card));
      ledger.forget();
      load.check();
    }
  }

  private long restMillisMax() {
    return brief ? BRIEF_REST_MILLIS_MAX : REST_MILLIS_MAX;
  }

  private Card draw() {
    if (deck.isEmpty()) {
      List<Card> all = new ArrayList<>();
      for (ClusterFault fault : ClusterFault.values()) {
        if (brief) {
          all.addAll(Collections.nCopies(fault.timesInBrief(), new Card(fault, true)));
          continue;
        }
        all.add(new Card(fault, true));
        if (fault.isOfOne()) {
          all.add(new Card(fault, false));
        }
      }
      Collections.shuffle(all, random);
      deck.addAll(all);
    }
    return deck.pop();
  }

  // ---- one fault ------------------------------------------------------------------------------

  private String befall(Card card) throws Exception {
    Machine leader = machines.awaitLeader();
    List<Machine> followers = machines.but(leader);
    Machine struck = card.ofLeader ? leader : followers.get(random.nextInt(followers.size()));
    if (card.fault.leavesTwoLeaders()) {
      ledger.mayHaveTwoLeaders(SLOWED_MILLIS + 2 * LEADS_ALONE_MILLIS_MAX);
    }
    try (Pace now = Pace.watch()) {
      switch (card.fault) {
        case ALL_SLOWED -> slowAll();
        case ALL_POWER_LOST -> cutPowerOfAll();
        case MAJORITY_LOST ->
            loseMajority(leader, followers.get(random.nextInt(followers.size())), now);
        case TWO_KILLED -> {
          Collections.shuffle(followers, random);
          killTwo(leader, followers.get(0), followers.get(1));
        }
        default -> strike(struck, card, now);
      }
      long mended = System.nanoTime();
      machines.awaitAllWell();
      long pause = ledger.pauseMillis();
      pauseMillis.computeIfAbsent(card, c -> new ArrayList<>()).add(pause);
      assertThat(pause)
          .as("for how long nothing was confirmed after %s, with seed %d", card, seed)
          .isLessThan(now.bound(FAIL_OVER_MILLIS_MAX));
      return "%s, nothing confirmed for %d ms, well %d ms after it was mended"
          .formatted(struck.name(), pause, Duration.ofNanos(System.nanoTime() - mended).toMillis());
    }
  }

  private void strike(Machine struck, Card card, Pace now) throws Exception {
    ClusterFault fault = card.fault;
    if (fault.stepsClock()) {
      ledger.clockIsSet(false);
      pause(SETTLED_MILLIS);
    }
    ledger.strikes(ClusterSite.but(struck.name()));
    struck.strike(fault);
    if (card.ofLeader && fault.cutsOff()) {
      awaitResignation(struck, now);
    }
    if (fault.stepsClock()) {
      machines.await("the others see that its clock is wrong", () -> machines.seeSkewOf(struck));
    }
    awaitConfirmed();
    pause(
        switch (fault) {
          case STOPPED -> STOPPED_MILLIS;
          case DISK_FULL -> FULL_MILLIS;
          default -> random.nextLong((brief ? 1 : 3) * ELECTION_MILLIS);
        });
    if (fault.leavesTwoLeaders()) {
      ledger.mayHaveTwoLeaders(2 * LEADS_ALONE_MILLIS_MAX);
    }
    struck.mend(fault);
    if (fault.stepsClock()) {
      ledger.clockIsSet(true);
    } else if (fault == ClusterFault.DISK_FULL) {
      awaitRoom(struck);
    } else if (fault == ClusterFault.DISK_LOST) {
      replace(struck);
    }
  }

  private void awaitResignation(Machine cutOff, Pace now) throws Exception {
    long cutNanos = System.nanoTime();
    machines.await("a cut-off leader gives up", () -> !cutOff.standing().equals("leader"));
    assertThat(Duration.ofNanos(System.nanoTime() - cutNanos).toMillis())
        .as("for how many milliseconds %s led alone", cutOff.name())
        .isLessThan(now.bound(LEADS_ALONE_MILLIS_MAX));
  }

  /**
   * Values are not confirmed without a majority, and are confirmed soon after there is one again.
   */
  private void loseMajority(Machine leader, Machine other, Pace now) throws Exception {
    other.strike(ClusterFault.KILLED);
    pause(random.nextLong(REST_MILLIS_MAX));
    leader.strike(ClusterFault.CUT_OFF);
    awaitResignation(leader, now);
    pause(random.nextLong(3 * ELECTION_MILLIS));
    network.heal();
    ledger.mayHaveTwoLeaders(2 * LEADS_ALONE_MILLIS_MAX);
    ledger.strikes(ClusterSite.but(other.name()));
    awaitConfirmed();
    other.mend(ClusterFault.KILLED);
  }

  /**
   * A value that waits for a majority is refused in the end, and none of its messages arrive. One
   * of the two nodes is enough to go on.
   */
  private void killTwo(Machine leader, Machine other, Machine left) throws Exception {
    leader.strike(ClusterFault.KILLED);
    other.strike(ClusterFault.KILLED);
    assertThat(load.refusal(left.name())).as("by one of three").isEqualTo("unavailable");
    Machine first = random.nextBoolean() ? leader : other;
    Machine second = first == leader ? other : leader;
    first.mend(ClusterFault.KILLED);
    ledger.strikes(ClusterSite.but(second.name()));
    awaitConfirmed();
    second.mend(ClusterFault.KILLED);
  }

  private void awaitConfirmed() throws Exception {
    machines.await("something is confirmed again", ledger::isConfirmedAgain);
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
  }

  /**
   * Its process may have ended, or may still end, since it cannot continue a log after a failed
   * write.
   */
  private void awaitRoom(Machine struck) throws Exception {
    machines.await(
        "a node whose disk has room again is well",
        () -> !struck.startAgain() && machines.isWell(struck));
  }

  private void replace(Machine empty) throws Exception {
    machines.await(
        "an empty disk is refused",
        () -> empty.says(status -> status.text("fault").contains("ppmq cluster replace")));
    machines.await(
        "it is replaced",
        () -> {
          try {
            machines.awaitLeader().ask("POST /cluster/replace?node=" + empty.name());
            return true;
          } catch (IOException anotherLeadsMeanwhile) {
            return false;
          }
        });
  }

  private void slowAll() throws Exception {
    network.disturb(5, 50, 150);
    pause(SLOWED_MILLIS);
    ledger.mayHaveTwoLeaders(2 * LEADS_ALONE_MILLIS_MAX);
    network.heal();
    ledger.strikes(ClusterSite.NAMES);
    awaitConfirmed();
  }

  private void cutPowerOfAll() throws Exception {
    for (Machine machine : machines.all()) {
      machine.broker().signal("STOP");
    }
    for (Machine machine : machines.all()) {
      machine.losePower();
    }
    for (Machine machine : machines.all()) {
      machine.getPower();
    }
    ledger.strikes(ClusterSite.NAMES);
    awaitConfirmed();
  }

  // ---- the end --------------------------------------------------------------------------------

  /** After the last fault everything arrives, and all nodes have the same content. */
  private void drain() throws Exception {
    load.stopProducing();
    try {
      machines.await("everything is acknowledged", () -> ledger.missing().isEmpty());
    } catch (AssertionError e) {
      List<String> missing = ledger.missing();
      throw new AssertionError(
          "%d lost, with seed %d: %s"
              .formatted(missing.size(), seed, missing.subList(0, Math.min(10, missing.size()))),
          e);
    }
    load.stop();
    machines.await("all nodes hold the same", machines::areEqual);
    pauseMillis.forEach(
        (card, millis) -> {
          Collections.sort(millis);
          System.out.printf(
              "%s: %d times, nothing confirmed for %d ms in the median, %d at most%n",
              card, millis.size(), millis.get(millis.size() / 2), millis.get(millis.size() - 1));
        });
    System.out.println("seed " + seed + ": " + failOvers + " fail-overs, " + ledger.summary());
  }

  @Override
  public void close() throws IOException {
    load.stop();
    pace.close();
    try {
      cluster.close();
    } finally {
      network.close();
    }
  }
}
