package io.ppmq.broker.intake;

import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.delivery.SubscriberLink;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.Topic;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a submission ready to be carried out whole: it makes room where a topic evicts, and reads
 * what is stored under its keys. Owned by the writer's thread.
 */
final class RoomMaker {
  private final Roster roster;
  private final Agenda agenda;
  private final Commit commit;
  private final LimitNotices notices;

  /** The topics of which something was read for the submission. */
  private final List<Topic> read = new ArrayList<>(1);

  RoomMaker(Roster roster, Agenda agenda, Commit commit, LimitNotices notices) {
    this.roster = roster;
    this.agenda = agenda;
    this.commit = commit;
    this.notices = notices;
  }

  /** The first topic that it publishes to; null when it publishes nothing. */
  @Nullable Topic publishes(Submission submission) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && !publish.messages().isEmpty()) {
        return roster.topic(publish.topic());
      }
    }
    return null;
  }

  /**
   * Makes it ready.
   *
   * @return false when an outage began now, after which it is to be tried again
   * @throws io.ppmq.store.StoreException when something stored cannot be read; nothing was changed,
   *     except that older messages may have been evicted
   */
  boolean makeReady(Submission submission, Turn turn) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && !publish.messages().isEmpty()) {
        Topic topic = roster.topic(publish.topic());
        if (!topic.room().hasRoom(publish.messages())) {
          if (topic.room().isAdded() && !commit.show(turn)) {
            return false;
          }
          agenda.save(topic);
          notices.evicted(topic, topic.room().makeRoom(publish.messages()), turn);
        }
        read.add(topic);
        topic.readFor(publish.messages());
      } else if (command instanceof Command.Acknowledge acknowledge) {
        SubscriberLink link = roster.link(acknowledge.subscriber());
        read.add(roster.topic(acknowledge.topic()));
        CommandHandler.subscription(link, acknowledge.topic()).readFor(acknowledge.keys());
      }
    }
    return true;
  }

  /** The submission was carried out or refused. */
  void done() {
    read.forEach(Topic::forgetRead);
    read.clear();
  }
}
