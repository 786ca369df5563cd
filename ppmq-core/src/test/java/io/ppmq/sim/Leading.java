package io.ppmq.sim;

import io.ppmq.store.rocksdb.Proposals;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A broker's connection to the log, from the moment its machine led in this term. Proposals are
 * added to the log of its machine at once, or are delayed or lost, but keep their order. It does
 * not know that its machine no longer leads, or leads again in another term, before it is told.
 */
final class Leading implements Proposals {
  private static final String DOUBT = "this machine no longer leads";

  /** A proposal whose outcome its broker has not learned. */
  private final class Proposed {
    final byte[] bytes;
    final long attempt;
    final Consumer<@Nullable String> done;
    @Nullable ClusterEntry entry;

    Proposed(byte[] bytes, Consumer<@Nullable String> done) {
      this.bytes = bytes;
      this.attempt = nextAttempt;
      this.done = done;
    }
  }

  final ClusterNode node;
  final long term;
  private final ClusterLog log;
  private final int start;
  private final List<Proposed> waiting = new ArrayList<>();
  private final Queue<Proposed> heldUp = new ArrayDeque<>();
  private long nextAttempt;
  private boolean lost;
  private boolean ended;
  private Runnable whenTold;

  /**
   * Starts the connection.
   *
   * @param whenTold runs when its broker is told that its machine no longer leads
   */
  Leading(ClusterLog log, ClusterNode node, Runnable whenTold) {
    this.whenTold = whenTold;
    this.log = log;
    this.node = node;
    this.term = node.term;
    this.start = node.starts;
  }

  /** Whether its machine runs, with the process that began to lead. */
  boolean isAlive() {
    return !ended && node.up && node.starts == start;
  }

  /** Whether any of its proposals never reached the log. */
  boolean hasLost() {
    return lost;
  }

  /** The attempt to commit of the next proposal; 0 if there is none. */
  void nextIsOf(long attempt) {
    nextAttempt = attempt;
  }

  @Override
  public void propose(byte[] bytes, Consumer<@Nullable String> done) {
    Proposed proposed = new Proposed(bytes, done);
    if (nextAttempt == 0) {
      proposeAtOnce(proposed);
      return;
    }
    nextAttempt = 0;
    waiting.add(proposed);
    int draw = log.draw(100);
    if (draw < 2) {
      lost = true;
      log.in(2_000, () -> end(proposed, DOUBT));
    } else if (draw < 15 || !heldUp.isEmpty()) {
      heldUp.add(proposed);
      log.in(draw == 14 ? 3_000 : 100, this::putHeldUp);
    } else {
      put(proposed);
    }
  }

  /** The proposer waits for this, and time does not pass meanwhile. */
  private void proposeAtOnce(Proposed proposed) {
    putHeldUp();
    waiting.add(proposed);
    put(proposed);
    if (waiting.contains(proposed)) {
      log.completeAtOnce(node);
    }
    if (waiting.contains(proposed)) {
      end(proposed, DOUBT);
    }
  }

  private void putHeldUp() {
    while (!heldUp.isEmpty()) {
      put(heldUp.remove());
    }
  }

  private void put(Proposed proposed) {
    if (!isAlive()) {
      lost = true;
    } else if (node.leads) {
      ClusterEntry entry = new ClusterEntry(node.term, proposed.bytes, this, proposed.attempt);
      proposed.entry = entry;
      log.append(node, entry);
    } else {
      lost = true;
      log.in(50, () -> end(proposed, DOUBT));
    }
  }

  // ---- what it is told ------------------------------------------------------------------------

  /** Its machine has applied an entry, or skipped it. */
  void taken(ClusterEntry entry, boolean applied) {
    for (Proposed proposed : List.copyOf(waiting)) {
      if (proposed.entry == entry) {
        if (proposed.attempt == 0 || log.draw(4) > 0) {
          end(proposed, applied ? null : DOUBT);
        } else {
          log.in(20, () -> end(proposed, applied ? null : DOUBT));
        }
      }
    }
  }

  /** Its machine no longer leads: the outcome of everything that waits is unknown. */
  void deposed() {
    for (Proposed proposed : List.copyOf(waiting)) {
      proposed.entry = null;
      log.in(500, () -> end(proposed, DOUBT));
    }
  }

  /** Tells its broker. */
  void tell() {
    if (isAlive()) {
      whenTold.run();
    }
  }

  void whenTold(Runnable other) {
    whenTold = other;
  }

  /** Makes everything that waits end now. */
  void completeAtOnce() {
    if (isAlive() && !waiting.isEmpty()) {
      putHeldUp();
      log.completeAtOnce(node);
      List.copyOf(waiting).forEach(proposed -> end(proposed, DOUBT));
    }
  }

  private void end(Proposed proposed, @Nullable String doubt) {
    if (isAlive() && waiting.remove(proposed)) {
      proposed.done.accept(doubt);
    }
  }

  /** The broker is gone. */
  void end() {
    ended = true;
    waiting.clear();
    heldUp.clear();
  }

  @Override
  public String toString() {
    return "the broker of term " + term + " on " + node.name;
  }
}
