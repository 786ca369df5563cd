package io.ppmq.sim;

import io.ppmq.store.Store;
import java.util.function.Consumer;

/**
 * What outlives a broker. It numbers the attempts to commit, so that of everything the broker was
 * told it is known with which attempt it was to be kept, and after a loss which attempts are kept.
 */
abstract class SimDisk {
  private long attempts;
  private long kept;

  /** The store as a process finds it that opens it now. */
  abstract Store open();

  /** Whether a broker can be started now; then it is known what of the one before is kept. */
  boolean isReady() {
    return true;
  }

  /** Lets go of what it holds, at the end of a life. */
  void close() {}

  /** Nothing fails any more. */
  void heal() {}

  /** Something was written to a store that was opened. */
  abstract void written(Store store, String topic, Consumer<Store> change);

  /** Ids were reserved, which no loss undoes. */
  abstract void reserved(long upTo);

  /** The attempt to commit had effect. */
  void committed() {
    attempts++;
    kept = attempts;
  }

  /** A commit is begun, of all that was written so far; what becomes of it is seen later. */
  void begun() {
    attempts++;
  }

  /** The commit that was begun last is kept, safe from any loss. */
  void begunIsKept() {
    throw new UnsupportedOperationException("no other machine keeps it");
  }

  /**
   * The attempt failed.
   *
   * @param perhaps whether the disk may have it nevertheless if the process dies now
   */
  void refused(boolean perhaps) {
    attempts++;
  }

  /** Everything up to this attempt is safe from a loss of power. */
  abstract void synced(long attempt);

  /** The process died. */
  abstract void killed();

  /** The broker has ended, for nobody knows whether a commit is kept; its machine goes on. */
  void abandoned() {
    killed();
  }

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

  /** The last attempt of which the broker has heard that it is kept. */
  long heardOf() {
    return kept;
  }

  final void keptOnly(long attempt) {
    kept = attempt;
  }
}
