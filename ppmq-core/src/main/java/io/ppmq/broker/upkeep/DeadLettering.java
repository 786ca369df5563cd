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
  /** The bytes of payload after which other letters go into the next commit. */
  private static final long PORTION_BYTES = 1 << 20;

  private final Roster roster;
  private final Agenda agenda;
  private final Commit commit;
  private final LimitNotices notices;

  /** The commit of the portion, counted by {@link Commit#begun}. */
  private long commitOfPortion;

  private long portionBytes;

  /** What waits for the next commit, whose end brings a turn. */
  private List<Agenda.Spent> left = new ArrayList<>();

  public DeadLettering(Roster roster, Agenda agenda, Commit commit, LimitNotices notices) {
    this.roster = roster;
    this.agenda = agenda;
    this.commit = commit;
    this.notices = notices;
  }

  /**
   * Buries the spent messages. If they are large, the others wait for the next commit: forty
   * letters of 4 MiB would fill the memory, and other machines take no commit of that size.
   */
  public void bury(Turn turn) {
    for (Agenda.Spent spent : takeSpent()) {
      // A reload in this turn may have taken the subscriber out of the topic.
      boolean attached = spent.topic().settings().subscribers().contains(spent.subscriber());
      SubscriberHandle handle = attached ? spent.topic().subscriber(spent.subscriber()) : null;
      while (handle != null && handle.hasSpent()) {
        if (isPortionFull()) {
          commit.show(turn);
        }
        if (isPortionFull()) {
          leave(spent);
          break;
        }
        bury(spent.topic(), spent.subscriber(), spent.why(), turn);
      }
    }
  }

  /** Leaves the spent messages to a later turn. */
  public void postpone() {
    agenda.takeSpent().forEach(this::leave);
  }

  /** Those that the last commit had no room for come first. */
  private List<Agenda.Spent> takeSpent() {
    if (left.isEmpty()) {
      return agenda.takeSpent();
    }
    List<Agenda.Spent> all = left;
    left = new ArrayList<>();
    all.addAll(agenda.takeSpent());
    return all;
  }

  private void leave(Agenda.Spent spent) {
    if (left.stream().noneMatch(other -> other.isOfSame(spent))) {
      left.add(spent);
    }
  }

  /** Whether some of them wait for the next commit. */
  public boolean isBehind() {
    return !left.isEmpty();
  }

  private boolean isPortionFull() {
    if (commitOfPortion != commit.begun()) {
      commitOfPortion = commit.begun();
      portionBytes = 0;
    }
    return portionBytes >= PORTION_BYTES || !commit.hasRoom();
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
        portionBytes += message.payload().length();
        commit.added(message.payload().length());
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
