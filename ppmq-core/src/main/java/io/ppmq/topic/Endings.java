package io.ppmq.topic;

import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * The consequences when a subscriber is done with a message: it is kept only while another
 * subscriber needs it, and the topic may be trimmed. Where the stored message cannot be read, the
 * subscriber is done with it all the same, and the rest is done when the topic is trimmed.
 */
final class Endings {
  private record Unsettled(SubscriberQueue queue, Outstanding message) {}

  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;
  private List<Unsettled> unsettled = new ArrayList<>(0);
  private boolean trimDue = true;
  private long died;

  Endings(KeyedMessages keyedMessages, RetainedCount retained) {
    this.keyedMessages = keyedMessages;
    this.retained = retained;
  }

  /** A message has ended in a queue. */
  void ended(SubscriberQueue queue, Outstanding message) {
    trimDue = true;
    try {
      settle(queue, message);
    } catch (StoreException e) {
      unsettled.add(new Unsettled(queue, message));
    }
  }

  private void settle(SubscriberQueue queue, Outstanding message) {
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

  /** Does what could not be done when messages ended. */
  void settle() {
    List<Unsettled> again = unsettled;
    unsettled = new ArrayList<>(0);
    again.forEach(ended -> ended(ended.queue, ended.message));
  }

  /** It was trimmed, and is again soon if something is left to be done. */
  void trimmed() {
    trimDue = !unsettled.isEmpty();
  }
}
