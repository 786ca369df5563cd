package io.ppmq.topic;

/**
 * The number of messages that were published to a topic since its last {@link Topic#flush}, and the
 * priorities that they may precede.
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

  /** The number of messages. */
  long count() {
    return count;
  }

  /** Older messages below this priority (exclusive) may be sent ahead of the commit. */
  int priorityEnd() {
    return priorityEnd;
  }
}
