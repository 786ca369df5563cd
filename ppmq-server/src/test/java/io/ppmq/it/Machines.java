package io.ppmq.it;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The machines of a cluster under torture, and their state. */
final class Machines {
  private static final int DISK_MEBIBYTES = 192;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long SKEW_MILLIS = Duration.ofMinutes(1).toMillis();

  private final Map<String, Machine> machines = new LinkedHashMap<>();
  private final ClusterLoad load;

  /** A machine for each node, on which nothing runs yet. Every wait also checks the load. */
  Machines(ClusterSite cluster, HostileNetwork network, ClusterLoad load)
      throws IOException, InterruptedException {
    this.load = load;
    List<MachineDisk> disks = new ArrayList<>();
    for (String name : ClusterSite.NAMES) {
      Site site = cluster.node(name);
      MachineDisk disk = site.closing(new MachineDisk(site.data(), DISK_MEBIBYTES));
      MachineClock clock = new MachineClock(site.directory().resolve("clock"));
      disks.add(disk);
      machines.put(
          name, new Machine(name, machines.size(), site, disk, clock, network, () -> disks));
    }
  }

  List<Machine> all() {
    return List.copyOf(machines.values());
  }

  /** All but this one. */
  List<Machine> but(Machine one) {
    List<Machine> others = new ArrayList<>(machines.values());
    others.remove(one);
    return others;
  }

  /** Waits for a condition that may take a cluster a while. */
  void await(String what, Await.Condition condition) throws Exception {
    Await.askingSeldom(
        what,
        PATIENCE,
        () -> {
          load.check();
          return condition.holds();
        });
  }

  Machine awaitLeader() throws Exception {
    Machine[] leader = new Machine[1];
    await(
        "a leader",
        () -> {
          for (Machine machine : machines.values()) {
            if (machine.says(status -> machine.standing(status).equals("leader"))) {
              leader[0] = machine;
            }
          }
          return leader[0] != null;
        });
    return leader[0];
  }

  /** Waits until all nodes have caught up with the present commits by themselves. */
  void awaitAllWell() throws Exception {
    Machine leader = awaitLeader();
    long committed = leader.status().count("committed");
    for (Machine machine : machines.values()) {
      await(
          machine.name() + " is well",
          () -> isWell(machine) && machine.status().count("applied") >= committed);
    }
  }

  boolean isWell(Machine machine) {
    return machine.says(
        status -> {
          String standing = machine.standing(status);
          return status.text("fault").isEmpty()
              && !status.text("leader").isEmpty()
              && (standing.equals("leader") || standing.equals("follower"))
              && status.list("nodes").stream().allMatch(node -> node.isTrue("up"));
        });
  }

  /** Whether all others report that the clock of this machine is minutes off. */
  boolean seeSkewOf(Machine one) {
    return but(one).stream()
        .allMatch(
            other ->
                other.says(
                    status ->
                        status.list("nodes").stream()
                            .filter(node -> node.text("node").equals(one.name()))
                            .anyMatch(
                                node -> Math.abs(node.count("clockSkewMillis")) > SKEW_MILLIS)));
  }

  /** Whether all nodes answer and have the same content. */
  boolean areEqual() throws Exception {
    return awaitLeader().isEqualToAll();
  }
}
