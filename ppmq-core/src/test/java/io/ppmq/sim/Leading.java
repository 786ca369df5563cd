package io.ppmq.sim;

import io.ppmq.store.rocksdb.Proposals;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A broker's way to the log, from the moment its machine led in this term. Proposals are put into
 * the log of its machine at once, or are held up, or lost; in their order in any case. It does not
 * know when its machine leads no more, or leads again in another term, before it is told.
 */
final class Leading implements Proposals {
  private static final String DOUBT = "this machine leads no more";

  /** A proposal whose end its broker has not heard of. */
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
   * From now on.
   *
   * @param whenTold runs when its broker is told that its machine leads no more
   */
  Leading(ClusterLog log, ClusterNode node, Runnable whenTold) {
    this.whenTold = whenTold;
    this.log = log;
    this.node = node;
    this.term = node.term;
    this.start = node.starts;
  }

  /** Whether its machine is there, and its process still the one that began to lead. */
  boolean isAlive() {
    return !ended && node.up && node.starts == start;
  }

  /** Whether any of its proposals never came into the log. */
  boolean hasLost() {
    return lost;
  }

  /** The attempt to commit of which the next proposal is; 0 for none. */
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

  /** Who proposes this waits for it, and time does not pass meanwhile. */
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

  /** Its machine has applied an entry, or passed it by. */
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

  /** Its machine leads no more: of nothing that waits it is known what becomes of it. */
  void deposed() {
    for (Proposed proposed : List.copyOf(waiting)) {
      proposed.entry = null;
      log.in(500, () -> end(proposed, DOUBT));
    }
  }

  /** Its broker is told so. */
  void tell() {
    if (isAlive()) {
      whenTold.run();
    }
  }

  void whenTold(Runnable other) {
    whenTold = other;
  }

  /** Has all that waits come to its end now. */
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
