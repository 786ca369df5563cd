package io.ppmq.sim;

import io.ppmq.store.SharedCommits;

/** Commits that other machines keep too, of a simulated broker. */
interface SimSharing extends SharedCommits {
  /** Whether a commit has begun whose end the broker has not noticed. */
  boolean isUnderWay();

  /** The broker is being stopped: no other work continues meanwhile. */
  void comeAtOnce();

  /** The broker is gone. */
  void close();
}
