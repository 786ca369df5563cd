package io.ppmq.cluster.ratis;

/**
 * How far the disk of a node has come with the log.
 *
 * @param term the last in which it voted, or knew of a leader
 * @param index of an entry, up to which the disk has them all; -1 without one
 */
record Reached(long term, long index) {
  static final Reached NOTHING = new Reached(0, -1);

  /** Whether a disk that has come this far has forgotten what this other was before. */
  boolean isBehind(Reached before) {
    return term < before.term || index < before.index;
  }

  /** The later of both, in each. */
  Reached or(Reached other) {
    return new Reached(Math.max(term, other.term), Math.max(index, other.index));
  }
}
