package io.ppmq.broker.upkeep;

import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.intake.LimitNotices;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.DeadMessage;
import io.ppmq.topic.Letter;
import io.ppmq.topic.SubscriberHandle;
import io.ppmq.topic.Topic;
import io.ppmq.topic.WhenFull;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes messages that reached their limit of deliveries to a subscriber, and would be sent again,
 * out of its queue. In the same commit they go to the dead-letter topic of their topic; without one
 * they are dropped. Owned by the writer's thread.
 */
public final class DeadLettering {

  private final Roster roster;
  private final Agenda agenda;
  private final Commit commit;
  private final LimitNotices notices;

  public DeadLettering(Roster roster, Agenda agenda, Commit commit, LimitNotices notices) {
    this.roster = roster;
    this.agenda = agenda;
    this.commit = commit;
    this.notices = notices;
  }

  /** Buries all spent messages. */
  public void bury(Turn turn) {
    for (Agenda.Spent spent : agenda.takeSpent()) {
      // A reload in this turn may have taken the subscriber out of the topic.
      boolean attached = spent.topic().settings().subscribers().contains(spent.subscriber());
      SubscriberHandle handle = attached ? spent.topic().subscriber(spent.subscriber()) : null;
      while (handle != null && handle.hasSpent()) {
        bury(spent.topic(), spent.subscriber(), spent.why(), turn);
        if (handle.hasSpent()) {
          commit.show(turn); // forty letters of 4 MiB would fill the memory
        }
      }
    }
  }

  private void bury(Topic topic, String subscriber, String why, Turn turn) {
    String name = topic.settings().limits().deadLetter();
    Topic grave = name == null ? null : roster.topic(name);
    boolean evicts = grave != null && grave.settings().limits().whenFull() == WhenFull.DROP_OLDEST;
    if (grave != null && evicts && grave.room().isAdded()) {
      // Before anything is taken. If it fails, the letters are kept nevertheless, beyond the bound.
      commit.show(turn);
    }
    List<DeadMessage> dead = topic.subscriber(subscriber).takeDead(turn.nowMillis());
    if (dead.isEmpty()) {
      return;
    }
    agenda.ended(topic);
    notices.died(topic, subscriber, name, dead.size(), turn);
    if (grave != null) {
      List<Letter> letters = new ArrayList<>();
      for (DeadMessage message : dead) {
        letters.add(
            DeadLetter.of(topic.settings().name(), subscriber, message, turn.nowMillis(), why));
      }
      if (evicts && !grave.room().isAdded()) {
        notices.evicted(grave, grave.room().makeRoomForLetters(letters), turn);
      }
      grave.bury(letters, turn.nowMillis());
      agenda.changed(grave);
    }
  }
}
