package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What outlives a broker. It numbers the attempts to commit, so that of everything the broker was
 * told it is known with which attempt it was to be kept, and after a loss which attempts are kept.
 */
abstract class SimDisk {
  private long attempts;
  private long kept;
  private boolean refusing;
  private final List<Submitted> unwritten = new ArrayList<>();

  /** The store as a process finds it that opens it now. */
  abstract Store open();

  /** Something was written to the store. */
  abstract void written(String topic, Consumer<Store> change);

  /** Something may be kept under this key from now on. */
  void noteKey(Bytes key) {}

  /** Ids were reserved, which no loss undoes. */
  abstract void reserved(long upTo);

  /** The attempt to commit had effect. */
  void committed() {
    attempts++;
    kept = attempts;
    refusing = false;
    unwritten.forEach(submitted -> submitted.applied(nextAttempt()));
    unwritten.clear();
  }

  /**
   * The attempt failed.
   *
   * @param perhaps whether the disk may have it all the same, should the process die now
   */
  void refused(boolean perhaps) {
    attempts++;
    refusing = true;
  }

  /** A broker opens the store. */
  void begun() {
    refusing = false;
    unwritten.clear();
  }

  /**
   * The writer has applied something. The next attempt keeps it; while commits fail, the writer
   * writes it only when the one that failed has succeeded.
   */
  void applied(Submitted submitted) {
    if (refusing) {
      submitted.applied(Long.MAX_VALUE);
      unwritten.add(submitted);
    } else {
      submitted.applied(nextAttempt());
    }
  }

  /** Everything up to this attempt is safe from a loss of power. */
  abstract void synced(long attempt);

  /** The process died. */
  abstract void killed();

  /** The power went, and with it some of what was not synced. */
  abstract void powerLost();

  /** The attempt that keeps what is written now. */
  final long nextAttempt() {
    return attempts + 1;
  }

  /** The last attempt that is kept, and everything before it. */
  final long kept() {
    return kept;
  }

  final void keptOnly(long attempt) {
    kept = attempt;
  }
}
