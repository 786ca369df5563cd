package io.ppmq.broker.administration;

import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.delivery.Pauses;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.delivery.SubscribedWorkers;
import io.ppmq.broker.intake.RoomInTopics;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.Bound;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.broker.upkeep.DeadLettering;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.ExportPage;
import io.ppmq.topic.ExportPosition;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.Peeked;
import io.ppmq.topic.Purged;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The requests of an administrator to the {@code Writer}: to look at topics, and to change their
 * content or their state. A change is kept with the commit of its turn, and refused while commits
 * fail, because it would not be known when it is kept. Owned by the writer's thread; {@code Broker}
 * has the same methods for any thread, with more documentation.
 */
public final class Administration {
  private final Agenda agenda;
  private final Commit commit;
  private final RoomInTopics roomInTopics;
  private final Store store;
  private final Roster roster;
  private final SubscribedWorkers workers;
  private final Pauses pauses;
  private final Outage outage;
  private final DeadLettering deadLettering;
  private final Requeueing requeueing;

  public Administration(
      Agenda agenda,
      Commit commit,
      RoomInTopics roomInTopics,
      Store store,
      Roster roster,
      SubscribedWorkers workers,
      Pauses pauses,
      Outage outage,
      DeadLettering deadLettering,
      Requeueing requeueing) {
    this.agenda = agenda;
    this.commit = commit;
    this.roomInTopics = roomInTopics;
    this.store = store;
    this.roster = roster;
    this.workers = workers;
    this.pauses = pauses;
    this.outage = outage;
    this.deadLettering = deadLettering;
    this.requeueing = requeueing;
  }

  // ---- changing -------------------------------------------------------------------------------

  /** Applies other settings; their consequences are kept with the commit of this turn. */
  public void apply(BrokerSettings next, Turn turn) throws RefusedException {
    refuseInOutage();
    deadLettering.bury(turn); // while the subscribers are there for whom messages died
    if (deadLettering.isBehind()) {
      throw new RefusedException(
          ErrorCode.UNAVAILABLE,
          "large messages that have just died are still to be committed: try again in a moment");
    }
    showOrRefuse(turn);
    roster.apply(next);
    workers.settingsChanged();
    roomInTopics.checkHeld();
  }

  /** Starts a pause; false when it existed already. */
  public boolean pause(Pause pause) throws RefusedException {
    refuseInOutage();
    roster.settings().check(pause);
    boolean changes = pauses.add(pause);
    roster.pausesChanged();
    return changes;
  }

  /** Resumes the pushes; false when it was not paused. */
  public boolean resume(Pause pause) throws RefusedException {
    refuseInOutage();
    boolean changes = pauses.remove(pause);
    if (!changes) {
      roster.settings().check(pause);
    }
    roster.pausesChanged();
    return changes;
  }

  /** Empties all queues of a topic; returns the number of messages in each. */
  public Map<String, Long> purge(String topicName, Turn turn) throws RefusedException {
    showOrRefuse(turn);
    Topic topic = asked(topicName);
    Map<String, Long> purged = topic.purge();
    topic.recount();
    purged(topic);
    return purged;
  }

  /** Empties one queue of a topic, or a portion of it. */
  public Purged purge(String topicName, String subscriber, long before, Turn turn)
      throws RefusedException {
    Topic topic = asked(topicName, subscriber);
    showOrRefuse(turn);
    Purged purged = topic.purge(subscriber, before);
    if (purged.isDone()) {
      topic.recount();
    }
    purged(topic);
    return purged;
  }

  /** Deletes the message with a key; false when there is none. */
  public boolean delete(String topicName, Bytes key, Turn turn) throws RefusedException {
    Topic topic = asked(topicName);
    showOrRefuse(turn);
    boolean deleted = topic.delete(key);
    purged(topic);
    return deleted;
  }

  /**
   * Queues the message of a dead letter for its subscriber once more, and takes the letter out.
   *
   * @throws RefusedException when that cannot be done, with the reason; the letter stays
   */
  public void requeue(String grave, Bytes key, Turn turn) throws RefusedException {
    refuseInOutage();
    requeueing.requeue(asked(grave), key, turn);
  }

  /** Drops a dead letter. */
  public void drop(String grave, Bytes key) throws RefusedException {
    refuseInOutage();
    requeueing.drop(asked(grave), key);
  }

  private void purged(Topic topic) {
    roster.dropIfEmpty(topic);
    agenda.changed(topic);
  }

  private void refuseInOutage() throws RefusedException {
    if (outage.isOn()) {
      throw outage.refusal();
    }
  }

  /** Refuses in an outage; otherwise the store shows all earlier changes from now on. */
  private void showOrRefuse(Turn turn) throws RefusedException {
    refuseInOutage();
    if (!commit.show(turn)) {
      throw outage.refusal();
    }
  }

  // ---- looking --------------------------------------------------------------------------------

  /** The state of the broker. */
  public BrokerStats stats(Turn turn) {
    BrokerStats outline = outline(turn);
    return new BrokerStats(
        topicStats(topics()),
        outline.subscribers(),
        outline.diskBytes(),
        outline.minFreeBytes(),
        outline.damage(),
        outline.pauses(),
        outline.bounds());
  }

  /** The state of the broker without its topics. */
  public BrokerStats outline(Turn turn) {
    List<BrokerStats.LinkStats> linkStats = new ArrayList<>();
    roster
        .links
        .values()
        .forEach(
            link ->
                linkStats.add(
                    new BrokerStats.LinkStats(link.name(), link.stateName(turn), link.workers())));
    List<Bound> bounds = List.of(roomInTopics.bound(), roster.room.bound());
    return new BrokerStats(
        List.of(),
        linkStats,
        diskBytes(),
        store.minFreeBytes(),
        store.damage(),
        pauses.all(),
        bounds);
  }

  /** -1 when it cannot be determined. */
  private long diskBytes() {
    try {
      return store.diskBytes();
    } catch (StoreException e) {
      return -1;
    }
  }

  /** The reason why no messages are taken now; empty when they are taken. */
  public Optional<String> whyNotReady() {
    if (outage.isOn()) {
      return Optional.of(outage.refusal().sentence());
    }
    String loss = store.loss();
    return Optional.ofNullable(loss != null ? loss : store.shortage(0));
  }

  /** The names of all topics: those of the configuration in its order, then the others. */
  public List<String> topics() {
    return roster.inOrder().stream().map(topic -> topic.settings().name()).toList();
  }

  /** The state of these topics; unknown ones are left out. */
  public List<TopicStats> topicStats(List<String> names) {
    List<TopicStats> topicStats = new ArrayList<>(names.size());
    for (String name : names) {
      Topic topic = roster.topics.get(name);
      if (topic != null) {
        topicStats.add(topic.stats());
      }
    }
    return topicStats;
  }

  /** The messages that a subscriber of a topic would get next. */
  public Peeked peek(String topicName, String subscriber, PeekFilter filter, int max, Turn turn)
      throws RefusedException {
    return asked(topicName, subscriber).peek(subscriber, filter, max, turn.nowMillis());
  }

  /** All queued messages, a portion at a time. */
  public ExportPage export(
      String topicName, @Nullable String subscriber, ExportPosition from, Turn turn)
      throws RefusedException {
    Topic topic = subscriber == null ? asked(topicName) : asked(topicName, subscriber);
    return topic.export(subscriber, from, turn.nowMillis());
  }

  /** The messages of a topic that come due next. */
  public Peeked peekDelayed(String topicName, PeekFilter filter, int max) throws RefusedException {
    return asked(topicName).delaying().peek(filter, max);
  }

  /** The keyed messages of a topic after this key; from the first on if it is null. */
  public List<KeyedMessage> kept(String topicName, @Nullable Bytes after, int max)
      throws RefusedException {
    Topic topic = asked(topicName);
    return topic.kept(after, max).stream().map(kept -> UnnotedLetter.noted(topic, kept)).toList();
  }

  /** The lowest id that messages from now on may get. */
  public long nextId() {
    return roster.nextId();
  }

  private Topic asked(String name) throws RefusedException {
    Topic topic = roster.topics.get(name);
    if (topic == null) {
      throw BrokerSettings.noTopic(name);
    }
    return topic;
  }

  private Topic asked(String name, String subscriber) throws RefusedException {
    Topic topic = asked(name);
    if (!topic.subscribers().contains(subscriber)) {
      throw BrokerSettings.noSubscriberOf(name, subscriber);
    }
    return topic;
  }
}
