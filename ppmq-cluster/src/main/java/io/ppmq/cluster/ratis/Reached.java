package io.ppmq.cluster.ratis;

/**
 * The position of a node's disk in the log.
 *
 * @param term the last term in which it voted or knew of a leader
 * @param index the index up to which the disk has all entries; -1 for none
 */
record Reached(long term, long index) {
  static final Reached NOTHING = new Reached(0, -1);

  /** Whether a disk at this position lacks something that the other position had. */
  boolean isBehind(Reached before) {
    return term < before.term || index < before.index;
  }

  /** The later term and the later index of both. */
  Reached or(Reached other) {
    return new Reached(Math.max(term, other.term), Math.max(index, other.index));
  }
}
