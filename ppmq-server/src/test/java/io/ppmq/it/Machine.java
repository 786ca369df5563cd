package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.output.JsonTree;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A node of a cluster under torture: the broker, its disk, and its place in the network. */
final class Machine {
  private static final Duration CLOCK_STEP = Duration.ofMinutes(7);

  private final String name;
  private final int number;
  private final Site site;
  private final MachineDisk disk;
  private final MachineClock clock;
  private final HostileNetwork network;
  private final Supplier<List<MachineDisk>> disks;

  /**
   * One of several.
   *
   * @param disks those of all of them
   */
  Machine(
      String name,
      int number,
      Site site,
      MachineDisk disk,
      MachineClock clock,
      HostileNetwork network,
      Supplier<List<MachineDisk>> disks) {
    this.name = name;
    this.number = number;
    this.site = site;
    this.disk = disk;
    this.clock = clock;
    this.network = network;
    this.disks = disks;
  }

  String name() {
    return name;
  }

  BrokerProcess broker() {
    return site.broker();
  }

  void start() throws Exception {
    List<String> where = new ArrayList<>(network.on(number));
    where.addAll(disk.in(disks.get()));
    where.addAll(clock.by());
    site.start(where).awaitReady();
  }

  /** What it says of the cluster; of all nodes that is quickest, and needs no program. */
  JsonTree status() throws IOException {
    return JsonTree.parse(ask("GET /cluster").getBytes(UTF_8));
  }

  /** Whether it says so: a node that does not answer says nothing. */
  boolean says(StatusCheck check) {
    try {
      return check.holds(status());
    } catch (IOException | RuntimeException silent) {
      return false;
    }
  }

  /** What may be true of a status. */
  @FunctionalInterface
  interface StatusCheck {
    boolean holds(JsonTree status);
  }

  /** How this node stands, as it sees that itself. */
  String standing() throws IOException {
    return standing(status());
  }

  String standing(JsonTree status) {
    for (JsonTree node : status.list("nodes")) {
      if (node.text("node").equals(name)) {
        return node.text("standing");
      }
    }
    return "";
  }

  String ask(String line) throws IOException {
    return site.ask(line);
  }

  /** Whether all nodes answer and hold the same, as this one says. */
  boolean isEqualToAll() {
    return ClusterSite.areEqual(site);
  }

  // ---- what befalls it ------------------------------------------------------------------------

  void strike(ClusterFault fault) throws Exception {
    switch (fault) {
      case KILLED -> broker().kill();
      case ENDED -> broker().terminate();
      case STOPPED -> broker().signal("STOP");
      case CUT_OFF -> network.cut(number, true, true);
      case DEAF -> network.cut(number, false, true);
      case MUTE -> network.cut(number, true, false);
      case DISK_FULL -> disk.fill();
      case POWER_LOST -> losePower();
      case DISK_LOST -> {
        broker().kill();
        disk.clear();
      }
      case CLOCK_AHEAD -> clock.set(CLOCK_STEP);
      case CLOCK_BEHIND -> clock.set(CLOCK_STEP.negated());
      default -> throw new IllegalArgumentException(fault.name());
    }
  }

  /** Nothing is written between the two: it is stopped first. */
  void losePower() throws Exception {
    broker().signal("STOP");
    disk.losePower();
    broker().kill();
  }

  void getPower() throws Exception {
    disk.getPower();
    start();
  }

  /**
   * Ends what befell it, as those do who are there for it: a supervisor that starts programs again,
   * the repair of a network, more room on the disk.
   */
  void mend(ClusterFault fault) throws Exception {
    switch (fault) {
      case KILLED, ENDED, DISK_LOST -> start();
      case STOPPED -> broker().signal("CONT");
      case CUT_OFF, DEAF, MUTE -> network.heal();
      case DISK_FULL -> disk.free();
      case POWER_LOST -> getPower();
      case CLOCK_AHEAD, CLOCK_BEHIND -> clock.set(Duration.ZERO);
      default -> throw new IllegalArgumentException(fault.name());
    }
  }

  /** Starts it again if it has ended, as a supervisor does. */
  boolean startAgain() throws Exception {
    boolean ended = !broker().isAlive();
    if (ended) {
      start();
    }
    return ended;
  }
}
