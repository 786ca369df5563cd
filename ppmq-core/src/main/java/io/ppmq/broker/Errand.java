package io.ppmq.broker;

/** Something other than a submission that is done in a turn of the writer. */
@FunctionalInterface
interface Errand {
  /** Does it; called once, in a turn. */
  void carryOut(Turn turn);
}
