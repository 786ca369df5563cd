package io.ppmq.broker.commit;

import io.ppmq.broker.turn.TopicMoments;
import io.ppmq.topic.Topic;
import java.util.List;

/**
 * When messages expire that are out with a subscriber. The store does not report those that were
 * replaced or evicted since they were sent, or those that were published when nothing was to
 * expire. They are forgotten with the process, because nothing is out when the next one starts.
 * Owned by the writer's thread.
 */
final class OutExpiry {
  private final TopicMoments moments = new TopicMoments();

  /** The moment of a topic may be another: something was sent, ended, or published. */
  void look(Topic topic) {
    moments.set(topic, topic.nextEndMillis());
  }

  /** No message that is out expires before this moment, in milliseconds since the epoch. */
  long nextMillis() {
    return moments.next();
  }

  /**
   * Ends expired messages.
   *
   * @return the topics in which something may have ended
   */
  List<Topic> run(long nowMillis) {
    List<Topic> changed = moments.takeDue(nowMillis);
    for (Topic topic : changed) {
      topic.expireOut(nowMillis);
      look(topic);
    }
    return changed;
  }
}
