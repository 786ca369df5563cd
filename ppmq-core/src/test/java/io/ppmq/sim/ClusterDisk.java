package io.ppmq.sim;

import io.ppmq.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Three machines that keep one queue. A broker can start when one of them leads, and finds the
 * state of that machine.
 */
final class ClusterDisk extends SimDisk implements ClusterLog.Watch {
  private static final int MACHINES = 3;

  private final Life life;
  private final Random random;
  private final ClusterLog log;
  private final int meanMillis;
  private @Nullable Leading leading;
  private boolean healthy;
  private long heardOf;

  /**
   * Machines without any published message.
   *
   * @param directory the directory of their stores; null for stores in memory
   */
  ClusterDisk(Life life, Random random, @Nullable Path directory) {
    this.life = life;
    this.random = random;
    this.meanMillis = 300 + random.nextInt(5_000);
    List<List<Consumer<Store>>> batches = new ArrayList<>();
    List<ClusterNode> nodes = new ArrayList<>();
    byte[] founding = null;
    ClusterEntry first = new ClusterEntry(0, null, null, 0);
    for (int i = 0; i < MACHINES; i++) {
      SimReplica replica =
          directory == null
              ? new MemoryReplica(batches, random)
              : new RocksReplica(directory.resolve("n" + i));
      founding = founding == null ? replica.founding() : founding;
      replica.found(founding);
      nodes.add(new ClusterNode("n" + i, replica, first));
    }
    this.log = new ClusterLog(nodes, life.agenda(), random, this, life::note);
    log.electLater();
    nextMishap();
  }

  // ---- what happens to the machines -----------------------------------------------------------

  private void nextMishap() {
    log.in(2 * meanMillis, this::happen);
  }

  private void happen() {
    if (healthy) {
      return;
    }
    ClusterNode node = log.nodes().get(random.nextInt(MACHINES));
    ClusterNode leader = log.ready();
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> log.cutOff(leader == null ? node : leader, 2_000);
      case 3 -> log.cutOff(node, 1_000);
      case 4 -> kill(node, false);
      case 5 -> kill(node, true);
      case 6, 7 -> log.stand(node);
      case 8 -> log.stand(leader == null ? node : leader);
      default -> log.depose(leader == null ? node : leader);
    }
    nextMishap();
  }

  /** The leader is elected again, perhaps before its broker has proposed anything. */
  private void leadAgain() {
    ClusterNode leader = log.ready();
    if (!healthy && leader != null) {
      log.stand(leader);
    }
  }

  private void kill(ClusterNode node, boolean powerLost) {
    Leading of = leading;
    if (of != null && of.node == node && of.isAlive() && life.isRunning()) {
      life.brokers().die(powerLost);
    } else {
      log.kill(node, powerLost);
    }
  }

  @Override
  void heal() {
    healthy = true;
    log.heal();
  }

  // ---- the log --------------------------------------------------------------------------------

  @Override
  public void committed(ClusterEntry entry) {
    if (entry.follows && entry.attempt > kept()) {
      keptOnly(entry.attempt);
    }
  }

  /** The broker learns that everything up to this attempt is kept. */
  void heardOf(long attempt) {
    heardOf = attempt;
  }

  @Override
  long heardOf() {
    return heardOf;
  }

  @Override
  public void leads() {
    if (isReady()) {
      compare();
      life.brokers().another();
      if (!healthy && random.nextInt(6) == 0) {
        log.in(10, this::leadAgain);
      }
    }
  }

  /** Two machines that have applied the same entries have the same content. */
  private void compare() {
    for (ClusterNode one : log.nodes()) {
      for (ClusterNode other : log.nodes()) {
        if (one != other
            && one.replica.taken() == other.replica.taken()
            && !one.replica.content().equals(other.replica.content())) {
          throw new Violation(
              Invariant.SAME_CONTENT,
              "after the same entries %s contains %s, and %s contains %s"
                  .formatted(one, one.replica.content(), other, other.replica.content()));
        }
      }
    }
  }

  // ---- brokers --------------------------------------------------------------------------------

  @Override
  boolean isReady() {
    ClusterNode node = log.ready();
    Leading of = leading;
    return node != null && (of == null || !of.isAlive() || of.term != node.term);
  }

  @Override
  Store open() {
    ClusterNode node = Objects.requireNonNull(log.ready());
    Leading next = new Leading(log, node, life.brokers()::leadsNoMore);
    leading = next;
    heardOf = kept();
    node.leading = next;
    return node.replica.lead(next.term, next);
  }

  /** The connection of the newest broker to the log. */
  Leading leading() {
    return Objects.requireNonNull(leading);
  }

  @Override
  void written(Store led, String topic, Consumer<Store> change) {
    log.nodes().get(0).replica.written(led, change);
  }

  @Override
  void reserved(long upTo) {}

  @Override
  void synced(long attempt) {}

  @Override
  void killed() {
    log.kill(leading().node, false);
  }

  @Override
  void powerLost() {
    log.kill(leading().node, true);
  }

  @Override
  void close() {
    log.nodes().forEach(node -> node.replica.close());
  }

  @Override
  void abandoned() {
    leading().end();
    log.depose(leading().node);
  }
}
