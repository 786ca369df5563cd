package io.ppmq.sim;

import io.ppmq.store.SharedCommits;

/** Commits that other machines keep too, of a broker that is simulated. */
interface SimSharing extends SharedCommits {
  /** Whether one was begun of which the broker has not noticed the end. */
  boolean isUnderWay();

  /** The broker is being stopped: nobody goes on meanwhile. */
  void comeAtOnce();

  /** The broker is gone. */
  void close();
}
