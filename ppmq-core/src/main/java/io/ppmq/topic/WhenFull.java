package io.ppmq.topic;

/** The treatment of a publish that does not fit into a topic with a bound. */
public enum WhenFull {
  /** It waits until there is room, and so does its producer. */
  BLOCK,
  /** It is refused. */
  REJECT,
  /** As many of the oldest messages of the lowest priority as necessary are dropped. */
  DROP_OLDEST
}
