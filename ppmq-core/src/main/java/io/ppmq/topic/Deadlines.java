package io.ppmq.topic;

import java.util.ArrayList;
import java.util.List;

/**
 * The deadlines for acknowledging the messages sent to a subscriber, by a clock that never jumps.
 */
final class Deadlines {
  private final TopicContents topic;

  Deadlines(TopicContents topic) {
    this.topic = topic;
  }

  /** The first deadline in a batch that is out and was sent. */
  long firstNanos(BatchOut batch) {
    long first = 0;
    boolean any = false;
    for (Outstanding message : batch.messages()) {
      if (batch.isIn(message)) {
        long deadline = nanos(batch, message);
        first = any && deadline - first > 0 ? first : deadline;
        any = true;
      }
    }
    return first;
  }

  private long nanos(BatchOut batch, Outstanding message) {
    return batch.sinceNanos(message) + topic.settings().ackRetryNanos(message.attempts);
  }

  /** The messages of a batch that are due, of these the ones that were sent least often. */
  List<Outstanding> due(BatchOut batch, long nowNanos) {
    int fewest = Integer.MAX_VALUE;
    List<Outstanding> due = new ArrayList<>(0);
    for (Outstanding message : batch.messages()) {
      boolean sent = batch.isIn(message) && message.state == Outstanding.State.SENT;
      if (sent && nowNanos - nanos(batch, message) >= 0) {
        due.add(message);
        fewest = Math.min(fewest, message.attempts);
      }
    }
    int least = fewest;
    due.removeIf(message -> message.attempts != least);
    return due;
  }
}
