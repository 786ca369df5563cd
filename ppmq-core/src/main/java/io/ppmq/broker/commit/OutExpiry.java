package io.ppmq.broker.commit;

import io.ppmq.broker.turn.TopicMoments;
import io.ppmq.topic.Topic;
import java.util.List;

/**
 * The expiry of messages that are out with a subscriber. The store does not report those that were
 * replaced or evicted since they were sent, or that were published while the topic had no expiry.
 * They are forgotten with the process, because nothing is out when the next one starts. Owned by
 * the writer's thread.
 */
final class OutExpiry {
  private final TopicMoments moments = new TopicMoments();

  /** The moment of a topic may have changed: something was sent, ended, or published. */
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
   * @return the topics in which messages may have ended
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
