package io.ppmq.cluster.ratis;

/**
 * How far the disk of a node has come with the log.
 *
 * @param term the last in which it voted, or knew of a leader
 * @param index of an entry, up to which the disk has them all; -1 without one
 */
record Reached(long term, long index) {
  static final Reached NOTHING = new Reached(0, -1);

  /** Whether a disk at this position has lost entries that the other position had. */
  boolean isBehind(Reached before) {
    return term < before.term || index < before.index;
  }

  /** The later of both, in each. */
  Reached or(Reached other) {
    return new Reached(Math.max(term, other.term), Math.max(index, other.index));
  }
}
