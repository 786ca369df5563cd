package io.ppmq.sim;

import io.ppmq.store.Store;
import java.util.function.Consumer;

/**
 * The state that outlives a broker. It numbers the attempts to commit, so that the attempt that
 * keeps each request is known, and after a loss the attempts that are kept.
 */
abstract class SimDisk {
  private long attempts;
  private long kept;

  /** The store as a process that opens it now finds it. */
  abstract Store open();

  /** Whether a broker can start now; then the kept changes of the previous one are known. */
  boolean isReady() {
    return true;
  }

  /** Releases its resources at the end of a life. */
  void close() {}

  /** Ends all faults. */
  void heal() {}

  /** An opened store was written to. */
  abstract void written(Store store, String topic, Consumer<Store> change);

  /** Ids were reserved, which no loss undoes. */
  abstract void reserved(long upTo);

  /** The attempt to commit took effect. */
  void committed() {
    attempts++;
    kept = attempts;
  }

  /** A commit of everything written so far begins; its outcome follows. */
  void begun() {
    attempts++;
  }

  /** The newest commit is kept, safe from any loss. */
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

  /** The broker ended because the outcome of a commit is unknown; its machine continues. */
  void abandoned() {
    killed();
  }

  /** The power failed, and some unsynced changes are lost. */
  abstract void powerLost();

  /** The attempt that keeps everything written now. */
  final long nextAttempt() {
    return attempts + 1;
  }

  /** The last attempt that is kept together with everything before it. */
  final long kept() {
    return kept;
  }

  /** The last attempt that the broker knows to be kept. */
  long heardOf() {
    return kept;
  }

  final void keptOnly(long attempt) {
    kept = attempt;
  }
}
