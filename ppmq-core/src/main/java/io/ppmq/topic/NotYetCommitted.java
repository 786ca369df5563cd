package io.ppmq.topic;

/**
 * From which id on nothing is chosen, because a commit failed and the store might still lose it.
 * What was applied stays applied; it only waits.
 */
final class NotYetCommitted {
  private long fromId = Long.MAX_VALUE;

  void from(long id) {
    fromId = id;
  }

  boolean holds(long id) {
    return id >= fromId;
  }

  boolean holdsAny() {
    return fromId != Long.MAX_VALUE;
  }
}
