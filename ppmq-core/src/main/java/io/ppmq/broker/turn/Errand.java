package io.ppmq.broker.turn;

/** Something other than a submission that is done in a turn of the writer. */
@FunctionalInterface
public interface Errand {
  /** Does it; called once, in a turn. */
  void carryOut(Turn turn);

  /** It is not done, and never will be, for this reason: the broker has ended. */
  default void dropped(String reason) {}
}
