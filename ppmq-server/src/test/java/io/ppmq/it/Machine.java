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
   * One of several machines.
   *
   * @param disks the disks of all machines
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

  /** Its status of the cluster, without starting a program. */
  JsonTree status() throws IOException {
    return JsonTree.parse(ask("GET /cluster").getBytes(UTF_8));
  }

  /** Whether its status passes the check; false if it does not answer. */
  boolean says(StatusCheck check) {
    try {
      return check.holds(status());
    } catch (IOException | RuntimeException silent) {
      return false;
    }
  }

  /** A condition on a status. */
  @FunctionalInterface
  interface StatusCheck {
    boolean holds(JsonTree status);
  }

  /** The standing of this node in its own status. */
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

  /** Whether all nodes answer and have the same content, as this one reports. */
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

  /** Stops the broker first, so that it writes nothing between the loss and the kill. */
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
   * Ends a fault as an operator or supervisor would: starts the program again, repairs the network,
   * frees the disk.
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

  /** Starts it again if it has ended, like a supervisor. */
  boolean startAgain() throws Exception {
    boolean ended = !broker().isAlive();
    if (ended) {
      start();
    }
    return ended;
  }
}
