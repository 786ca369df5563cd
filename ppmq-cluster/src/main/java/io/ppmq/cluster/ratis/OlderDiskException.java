package io.ppmq.cluster.ratis;

/** A node's disk is older than it was; the message says what to do. */
final class OlderDiskException extends Exception {
  private static final long serialVersionUID = 1;

  OlderDiskException(String node, Reached has, Reached had) {
    super(
        "the disk of the node "
            + node
            + " is older than it was: it had entry "
            + had.index()
            + " in term "
            + had.term()
            + ", and has entry "
            + has.index()
            + " in term "
            + has.term()
            + "; empty its DataPath, start it, and admit it again with 'ppmq cluster replace "
            + node
            + "'");
  }
}
