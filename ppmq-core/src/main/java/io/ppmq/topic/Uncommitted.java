package io.ppmq.topic;

/**
 * What was published to a topic since its last {@link Topic#flush}, of which no batch may be made
 * yet: how much, from which id on, and which priorities it may come before.
 */
final class Uncommitted {
  private long count;
  private long fromId;
  private int priorityEnd;

  Uncommitted() {
    clear();
  }

  /** Messages are added, which have this id and those after it. */
  void add(long firstId, int messages) {
    count += messages;
    fromId = Math.min(fromId, firstId);
  }

  /** One of them has this priority. */
  void at(int priority) {
    priorityEnd = Math.min(priorityEnd, priority + 1);
  }

  /** One of them may have taken the place of another, of any priority. */
  void anywhere() {
    priorityEnd = 0;
  }

  /** All of it goes into the next commit. */
  void clear() {
    count = 0;
    fromId = Long.MAX_VALUE;
    priorityEnd = Integer.MAX_VALUE;
  }

  /** How many messages it is. */
  long count() {
    return count;
  }

  /** Its first id; {@link Long#MAX_VALUE} when it is nothing. */
  long fromId() {
    return fromId;
  }

  /** What was there before may go ahead of it up to this priority, which is not included. */
  int priorityEnd() {
    return priorityEnd;
  }
}
