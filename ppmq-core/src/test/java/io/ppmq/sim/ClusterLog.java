package io.ppmq.sim;

import io.ppmq.store.rocksdb.Replica.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of three machines, as an engine like Raft keeps it. An entry is committed when it is on
 * the disks of two machines, and then each machine applies it; a leader has every committed entry.
 * Messages take time; machines die, are cut off, and lose what was not on their disk.
 */
final class ClusterLog {
  private static final long MILLIS = 1_000_000L;
  private static final int MAJORITY = 2;
  private static final int ELECTION_MILLIS = 400;

  /** Receives the progress of the log. */
  interface Watch {
    /** A majority has the entry. */
    void committed(ClusterEntry entry);

    /** A machine leads, and has applied everything that was committed before. */
    void leads();
  }

  private final Agenda agenda;
  private final Random random;
  private final Watch watch;
  private final Consumer<Supplier<String>> notes;
  private final List<ClusterNode> nodes;
  private boolean electing;
  private long lastTerm;
  private long readyTerm;
  private @Nullable ClusterNode ready;

  ClusterLog(
      List<ClusterNode> nodes,
      Agenda agenda,
      Random random,
      Watch watch,
      Consumer<Supplier<String>> notes) {
    this.nodes = nodes;
    this.agenda = agenda;
    this.random = random;
    this.watch = watch;
    this.notes = notes;
  }

  int draw(int bound) {
    return random.nextInt(bound);
  }

  private void note(ClusterNode node, String what) {
    String now = node + what; // it will change soon
    notes.accept(() -> now);
  }

  /** Within this many milliseconds. */
  void in(int millis, Runnable what) {
    agenda.in(1 + (long) (random.nextDouble() * millis * MILLIS), what);
  }

  List<ClusterNode> nodes() {
    return nodes;
  }

  /**
   * The machine that leads and has applied everything committed before; null until there is one.
   */
  @Nullable ClusterNode ready() {
    return ready;
  }

  // ---- entries --------------------------------------------------------------------------------

  /** Adds an entry to the log of a machine that considers itself the leader. */
  void append(ClusterNode leader, ClusterEntry entry) {
    leader.log.add(entry);
    int size = leader.log.size();
    long term = leader.term;
    in(draw(20) == 0 ? 300 : 2, () -> synced(leader, term, size));
    send(leader);
  }

  private void synced(ClusterNode node, long term, int size) {
    if (node.up && node.leads && node.term == term) {
      node.synced = Math.max(node.synced, size);
      advance(node);
    }
  }

  /** Sends the missing entries to the other machines. */
  private void send(ClusterNode leader) {
    for (ClusterNode to : nodes) {
      if (to != leader && !to.isBeingSent) {
        to.isBeingSent = true;
        long term = leader.term;
        in(draw(25) == 0 ? 400 : 4, () -> arrive(leader, term, to));
      }
    }
  }

  private void arrive(ClusterNode leader, long term, ClusterNode to) {
    to.isBeingSent = false;
    if (!leader.up || !leader.leads || leader.term != term) {
      nodes.stream().filter(node -> node.up && node.leads && node != to).forEach(this::sendLater);
      return;
    }
    if (!leader.isReachable() || !to.isReachable()) {
      sendLater(leader);
      return;
    }
    if (to.term > term) {
      depose(leader);
      return;
    }
    hear(to, term);
    if (draw(40) == 0 && to.replica.taken() < leader.replica.taken()) {
      note(to, " gets what " + leader.name + " has");
      to.replica.install(leader.replica);
    }
    to.take(leader);
    if (draw(8) > 0) {
      to.synced = to.log.size();
      advance(leader);
    } else {
      int size = to.log.size();
      in(100, () -> syncedLate(to, leader, term, size));
    }
    apply(to);
  }

  private void sendLater(ClusterNode leader) {
    in(100, () -> send(leader));
  }

  private void syncedLate(ClusterNode node, ClusterNode leader, long term, int size) {
    if (node.up && node.term == term && leader.term == term) {
      node.synced = Math.max(node.synced, Math.min(size, node.log.size()));
      if (leader.up && leader.leads) {
        advance(leader);
      }
    }
  }

  /** Commits the entries that a majority has, if they are of the leader's own term. */
  private void advance(ClusterNode leader) {
    if (leader.cutOff) {
      return; // it does not learn of the others' entries
    }
    List<Integer> synced = new ArrayList<>();
    for (ClusterNode node : nodes) {
      synced.add(node == leader ? node.synced : Math.min(node.synced, node.common(leader)));
    }
    synced.sort(null);
    int committed = synced.get(nodes.size() - MAJORITY);
    if (committed > leader.committed && leader.log.get(committed - 1).term == leader.term) {
      List<ClusterEntry> more = leader.log.subList(leader.committed, committed);
      leader.committed = committed;
      more.forEach(watch::committed);
      send(leader);
    }
    apply(leader);
  }

  private void apply(ClusterNode node) {
    if (draw(6) == 0 && node.hasMoreToApply()) {
      in(30, () -> applyAll(node));
    } else {
      applyAll(node);
    }
  }

  private void applyAll(ClusterNode node) {
    while (node.up && node.hasMoreToApply()) {
      ClusterEntry entry = node.applyNext();
      if (draw(50) == 0) {
        node.applyAgain();
      }
      Leading by = entry.by;
      if (by != null && by.node == node) {
        by.taken(entry, entry.outcome == Outcome.APPLIED);
      } else if (by == null && node.leads && entry.term == node.term && entry.term > readyTerm) {
        note(node, " leads");
        ready = node;
        readyTerm = node.term;
        agenda.in(1, watch::leads);
      }
    }
  }

  /** As far as possible, commits everything in a machine's log now. */
  void completeAtOnce(ClusterNode leader) {
    if (!leader.up || !leader.leads || leader.cutOff) {
      return;
    }
    for (ClusterNode to : nodes) {
      if (to != leader && to.isReachable() && to.term <= leader.term) {
        hear(to, leader.term);
        to.take(leader);
        to.synced = to.log.size();
      }
    }
    leader.synced = leader.log.size();
    advance(leader);
    applyAll(leader);
  }

  // ---- who leads ------------------------------------------------------------------------------

  /** Makes sure of a leader soon, if there is none. */
  void electLater() {
    if (!electing) {
      electing = true;
      in(ELECTION_MILLIS, this::elect);
    }
  }

  private void elect() {
    electing = false;
    List<ClusterNode> there = there();
    if (there.stream().noneMatch(node -> node.leads && node.term == lastTerm)
        && (there.size() < MAJORITY || !stand(there.get(draw(there.size()))))) {
      electLater();
    }
  }

  private List<ClusterNode> there() {
    return nodes.stream().filter(ClusterNode::isReachable).toList();
  }

  /** A machine stands for election; returns whether it is elected. */
  boolean stand(ClusterNode node) {
    List<ClusterNode> there = there();
    long term = ++lastTerm;
    there.forEach(voter -> hear(voter, term));
    long votes = there.stream().filter(node::isAsNewAs).count();
    if (!there.contains(node) || votes < MAJORITY) {
      electLater();
      return false;
    }
    note(node, " is elected in term " + term);
    node.leads = true;
    node.isBeingSent = false;
    append(node, new ClusterEntry(term, null, null, 0));
    return true;
  }

  private void hear(ClusterNode node, long term) {
    if (node.term < term) {
      depose(node);
      node.term = term;
    }
  }

  /** A machine no longer leads, and its broker learns of that, soon or late. */
  void depose(ClusterNode node) {
    if (node.leads) {
      note(node, " no longer leads");
      node.leads = false;
      ready = ready == node ? null : ready;
      Leading leading = node.leading;
      if (leading != null) {
        leading.deposed();
        in(draw(3) == 0 ? 4_000 : 300, leading::tell);
      }
      electLater();
    }
  }

  // ---- what happens to machines ---------------------------------------------------------------

  /** The process on a machine dies, and perhaps the power fails; it is started again. */
  void kill(ClusterNode node, boolean powerLost) {
    if (node.up) {
      ready = ready == node ? null : ready;
      node.died(powerLost);
      note(node, (powerLost ? " has lost its power" : " was killed"));
      in(3_000, () -> start(node));
      electLater();
    }
  }

  private void start(ClusterNode node) {
    if (!node.up) {
      node.up = true;
      node.starts++;
      note(node, " starts");
      nodes.stream().filter(n -> n.up && n.leads).forEach(this::send);
    }
  }

  /** For a while no message reaches a machine or leaves it. */
  void cutOff(ClusterNode node, int millis) {
    node.cutOff = true;
    note(node, " is cut off");
    in(millis, () -> connect(node));
    if (node.leads) {
      electLater();
      in(3_000, () -> giveUp(node));
    }
  }

  private void connect(ClusterNode node) {
    if (node.cutOff) {
      node.cutOff = false;
      note(node, " is reached again");
      nodes.stream().filter(n -> n.up && n.leads).forEach(this::send);
    }
  }

  private void giveUp(ClusterNode node) {
    if (node.cutOff && node.leads) {
      depose(node);
    }
  }

  /** All machines run and reach each other. */
  void heal() {
    nodes.forEach(this::start);
    nodes.forEach(this::connect);
    electLater();
  }
}
