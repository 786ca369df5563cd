package io.ppmq.topic;

/**
 * How many messages were published to a topic since its last {@link Topic#flush}, and which
 * priorities they may come before.
 */
final class Uncommitted {
  private long count;
  private int priorityEnd;

  Uncommitted() {
    clear();
  }

  /** Messages are added. */
  void add(int messages) {
    count += messages;
  }

  /** One of them has this priority. */
  void at(int priority) {
    priorityEnd = Math.min(priorityEnd, priority + 1);
  }

  /** One of them may have taken the place of another, of any priority. */
  void anywhere() {
    priorityEnd = 0;
  }

  /** All of them go into the next commit. */
  void clear() {
    count = 0;
    priorityEnd = Integer.MAX_VALUE;
  }

  /** How many messages there are. */
  long count() {
    return count;
  }

  /** Older messages may go ahead of it up to this priority, which is not included. */
  int priorityEnd() {
    return priorityEnd;
  }
}
