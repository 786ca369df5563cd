package io.ppmq.broker;

import io.ppmq.message.Message;
import io.ppmq.topic.DeadMessage;
import io.ppmq.topic.Topic;
import io.ppmq.topic.WhenFull;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks after messages that were sent to a subscriber as often as they may be and would be sent
 * again: they leave its queue and, in the same commit, go to the dead-letter topic of their topic.
 * Without one they are dropped. Owned by the writer's thread.
 */
final class Undertaker {
  static final String RECONNECTED = "before the subscriber asked for everything again";
  static final String CLOSED = "before the subscriber closed its connection";
  static final String RESTARTED = "before the broker was started again";

  private final Writer writer;
  private final LimitNotices notices;

  Undertaker(Writer writer, LimitNotices notices) {
    this.writer = writer;
    this.notices = notices;
  }

  /**
   * Something of the topic waits to be sent again: what may not be dies.
   *
   * @param why why it was to be sent again
   */
  void look(Topic topic, String why) {
    for (String subscriber : topic.subscribersWithSpent()) {
      bury(topic, subscriber, why);
    }
  }

  private void bury(Topic topic, String subscriber, String why) {
    String name = topic.settings().limits().deadLetter();
    Topic grave = name == null ? null : writer.topic(name);
    boolean evicts = grave != null && grave.settings().limits().whenFull() == WhenFull.DROP_OLDEST;
    if (grave != null && evicts && grave.isAdded()) {
      // Before anything is taken. If it fails the letters are kept all the same, beyond the bound.
      writer.commitNow();
    }
    List<DeadMessage> dead = topic.takeDead(subscriber, writer.nowMillis());
    if (dead.isEmpty()) {
      return;
    }
    writer.acknowledgedIn(topic);
    notices.died(topic, subscriber, name, dead.size());
    if (grave != null) {
      List<Message> letters = new ArrayList<>();
      for (DeadMessage message : dead) {
        letters.add(
            DeadLetter.of(topic.settings().name(), subscriber, message, writer.nowMillis(), why));
      }
      if (evicts && !grave.isAdded()) {
        notices.evicted(grave, grave.makeRoom(letters));
      }
      grave.bury(letters, writer.nowMillis());
      writer.changedForAll(grave);
    }
  }
}
