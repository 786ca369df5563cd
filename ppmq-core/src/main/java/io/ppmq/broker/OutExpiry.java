package io.ppmq.broker;

import io.ppmq.store.Entry;
import io.ppmq.topic.Topic;
import java.util.ArrayList;
import java.util.List;

/**
 * When messages expire that are out with a subscriber. The store does not tell of those that were
 * replaced or evicted since, nor of those that were published when nothing was to expire; they are
 * forgotten with the process, since nothing is out when the next one starts. Owned by the writer's
 * thread.
 */
final class OutExpiry {
  private long nextMillis = Entry.NEVER;

  /** Something was published to a topic or taken out of it, or was sent. */
  void look(Topic topic) {
    nextMillis = Math.min(nextMillis, topic.nextEndMillis());
  }

  /** No message of these expires before this moment, in milliseconds since the epoch. */
  long nextMillis() {
    return nextMillis;
  }

  /**
   * Ends what has expired.
   *
   * @return the topics in which something may have ended
   */
  List<Topic> run(Iterable<Topic> topics, long nowMillis) {
    if (nextMillis > nowMillis) {
      return List.of();
    }
    nextMillis = Entry.NEVER;
    List<Topic> changed = new ArrayList<>();
    for (Topic topic : topics) {
      if (topic.nextEndMillis() <= nowMillis) {
        topic.expireOut(nowMillis);
        changed.add(topic);
      }
      look(topic);
    }
    return changed;
  }
}
