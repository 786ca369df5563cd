package io.ppmq.topic;

/**
 * The consequences when a subscriber is done with a message: it is kept only while another
 * subscriber needs it, and the topic may be trimmed.
 */
final class Endings {
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;
  private boolean trimDue = true;
  private long died;

  Endings(KeyedMessages keyedMessages, RetainedCount retained) {
    this.keyedMessages = keyedMessages;
    this.retained = retained;
  }

  /** A message has ended in a queue. */
  void ended(SubscriberQueue queue, Outstanding message) {
    trimDue = true;
    if (message.keyed) {
      keyedMessages.settle(queue, message);
    } else {
      retained.ended(message);
    }
  }

  /** Messages have died in a queue, and have ended. */
  void died(SubscriberQueue queue, int count) {
    died += count;
    queue.died(count);
  }

  /** The number of messages that have died. */
  long died() {
    return died;
  }

  // ---- trimming -------------------------------------------------------------------------------

  /** Whether there may be something to trim. */
  boolean isTrimDue() {
    return trimDue;
  }

  /** There is something to trim. */
  void noteTrimDue() {
    trimDue = true;
  }

  /** It is being trimmed. */
  void trimmed() {
    trimDue = false;
  }
}
