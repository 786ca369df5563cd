package io.ppmq.broker.administration;

import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.intake.LimitNotices;
import io.ppmq.broker.intake.RoomOnDisk;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import io.ppmq.topic.Letter;
import io.ppmq.topic.Topic;
import io.ppmq.topic.WhenFull;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Queues dead messages again: a message that the broker buried for a subscriber is queued for that
 * subscriber and for no other, and its letter is taken out in the same commit. Owned by the
 * writer's thread.
 */
public final class Requeueing {
  private final Roster roster;
  private final Agenda agenda;
  private final Commit commit;
  private final RoomOnDisk roomOnDisk;
  private final LimitNotices notices;
  private final Outage outage;

  public Requeueing(
      Roster roster,
      Agenda agenda,
      Commit commit,
      RoomOnDisk roomOnDisk,
      LimitNotices notices,
      Outage outage) {
    this.roster = roster;
    this.agenda = agenda;
    this.commit = commit;
    this.roomOnDisk = roomOnDisk;
    this.notices = notices;
    this.outage = outage;
  }

  /**
   * Requeues the message of one letter.
   *
   * @throws RefusedException when it cannot be done, with the reason; nothing was changed, except
   *     that older messages may have been evicted
   */
  void requeue(Topic grave, Bytes key, Turn turn) throws RefusedException {
    Letter letter = find(grave, key);
    if (letter == null) {
      throw new RefusedException(ErrorCode.MALFORMED, "there is no dead letter with this id");
    }
    Topic topic = topicOf(letter.origin());
    String refusal = topic.requeueRefusal(letter, turn.nowMillis());
    if (refusal != null) {
      throw new RefusedException(ErrorCode.UNAVAILABLE, refusal);
    }
    if (!commit.hasRoom()) {
      throw new RefusedException(
          ErrorCode.UNAVAILABLE,
          "other large messages are still to be committed: try again in a moment");
    }
    makeRoom(topic, letter.original(), turn);
    commit.added(letter.original().payload().length());
    topic.requeue(letter, turn.nowMillis());
    agenda.changed(topic);
    remove(grave, key);
  }

  /** Drops a letter; does nothing when there is none with this key. */
  void drop(Topic grave, Bytes key) {
    if (find(grave, key) != null) {
      remove(grave, key);
    }
  }

  private void remove(Topic grave, Bytes key) {
    grave.delete(key); // where it is out too: no subscriber is to handle it any more
    agenda.ended(grave);
    agenda.changed(grave);
  }

  private static @Nullable Letter find(Topic grave, Bytes key) {
    KeyedMessage found = grave.kept(key);
    KeyedMessage kept = found == null ? null : UnnotedLetter.noted(grave, found);
    return kept != null && kept.origin() instanceof Origin.Buried buried
        ? new Letter(kept.payload(), buried)
        : null;
  }

  private Topic topicOf(Origin.Buried origin) throws RefusedException {
    Topic topic = roster.topics.get(origin.topic());
    if (topic == null || !roster.settings().topics().containsKey(origin.topic())) {
      throw BrokerSettings.noTopic(origin.topic());
    }
    if (!topic.settings().subscribers().contains(origin.subscriber())) {
      throw BrokerSettings.noSubscriberOf(origin.topic(), origin.subscriber());
    }
    return topic;
  }

  private void makeRoom(Topic topic, Message message, Turn turn) throws RefusedException {
    List<Message> one = List.of(message);
    RefusedException shut = roomOnDisk.refusal(1, message.payload().length(), turn.nowNanos());
    if (shut != null) {
      throw shut;
    }
    String never = topic.room().refusal(one);
    if (never != null) {
      throw new RefusedException(ErrorCode.TOO_LARGE, never);
    }
    boolean full = !topic.room().hasRoom(one);
    boolean evicts =
        topic.settings().limits().whenFull() == WhenFull.DROP_OLDEST
            && topic.room().canMakeRoom(one);
    if (full && !evicts) {
      throw new RefusedException(ErrorCode.TOPIC_FULL, topic.room().fullness());
    }
    if (full) {
      if (topic.room().isAdded() && !commit.show(turn)) {
        throw outage.refusal();
      }
      notices.evicted(topic, topic.room().makeRoom(one), turn);
    }
  }
}
