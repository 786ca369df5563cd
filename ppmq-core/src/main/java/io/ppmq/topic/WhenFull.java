package io.ppmq.topic;

/** What becomes of a publish that a topic with a bound has no room for. */
public enum WhenFull {
  /** It waits until there is room, and so does its producer. */
  BLOCK,
  /** It is refused. */
  REJECT,
  /** The oldest messages of the lowest priority are dropped, as many as it takes. */
  DROP_OLDEST
}
