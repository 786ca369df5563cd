package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's queue in one topic: the messages that wait for it, those that are out with it,
 * and their fate.
 *
 * <p>The messages are in the topic's logs, written once for all subscribers. The queue is a cursor
 * per log ({@link Cursors}) plus the messages before the cursors that have not ended: the {@link
 * OutstandingMessages}, of which there are at most a batch per priority, however many messages
 * wait. {@link NextBatch} chooses the messages to be sent, {@link InFlight} knows their fate.
 *
 * <p>At most one batch is out with each {@link Worker}. Choosing and redelivering change only the
 * memory. After an acknowledgement {@link #takeProgress()} must be saved, and after a push it
 * should be: then the next broker knows a message that is acknowledged there.
 */
final class SubscriberQueue {
  private final String subscriber;
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final QueueCounters counters;
  private final NextBatch next;
  private final KeyedPlaces places;
  private final InFlight inFlight;
  private final QueueEviction eviction;

  SubscriberQueue(String subscriber, TopicContents topic) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.cursors = new Cursors(subscriber, topic);
    this.outstanding = new OutstandingMessages(topic, cursors.passed());
    this.counters = new QueueCounters(subscriber, topic, cursors, outstanding);
    this.next = new NextBatch(subscriber, topic, cursors, outstanding, counters);
    this.places = new KeyedPlaces(topic, cursors, outstanding, counters);
    this.inFlight = new InFlight(outstanding, counters, next, places);
    this.eviction = new QueueEviction(topic, cursors, outstanding);
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Begins as a subscriber that the topic never had: with the messages from {@code nextId} on. */
  void begin(Iterable<Log> logs, long nextId) {
    cursors.begin(logs, nextId);
  }

  /** Continues from the saved state; outstanding messages that are kept wait to be sent again. */
  void resume(Iterable<Log> logs, Progress progress) {
    cursors.resume(logs, progress);
    for (Progress.Unacknowledged saved : progress.outstanding()) {
      Bytes key = saved.key();
      KeyedMessage kept = key == null ? null : topic.find(key);
      if (key == null) {
        outstanding.resume(saved, topic.brokerKey(saved.id()));
      } else if (kept != null) {
        outstanding.resume(saved, key);
        cursors.resumePassed(kept, saved);
      } else {
        outstanding.noteChanged(); // or a later message with this key would be taken for it
      }
    }
  }

  /** Applies other settings of the topic. */
  void apply(TopicSettings settings) {
    next.forgetPrepared();
    outstanding.apply(settings);
  }

  /** Ends the supply of new messages: the configuration no longer names the subscriber. */
  void detach(long nextId) {
    next.forgetPrepared();
    cursors.detach(nextId);
    cursors.readers().release();
  }

  /** Supplies the messages from {@code nextId} on, besides the stored ones. */
  void attach(long nextId) {
    if (!isAttached()) {
      outstanding.spent().forget(); // what came back in the meantime is sent once more
    }
    cursors.attach(nextId);
  }

  /** The log was given messages while this subscriber was not the topic's. */
  void missed(int priority, long count) {
    cursors.missed(priority, count);
  }

  void addLog(Log log) {
    cursors.addLog(log);
  }

  String subscriber() {
    return subscriber;
  }

  boolean isAttached() {
    return cursors.isAttached();
  }

  // ---- coming due -----------------------------------------------------------------------------

  /** The messages that were nacked and are not due yet. */
  NackedMessages nacked() {
    return outstanding.nacked();
  }

  /**
   * Makes nacked messages whose moment has come wait to be sent again; false when there is none.
   */
  boolean takeDue(long nowNanos, long nowMillis) {
    return outstanding.takeDue(nowNanos, nowMillis);
  }

  // ---- its parts ------------------------------------------------------------------------------

  /** The next batch. */
  NextBatch next() {
    return next;
  }

  /** The fate of chosen messages. */
  InFlight inFlight() {
    return inFlight;
  }

  /** The places where keyed messages wait. */
  KeyedPlaces places() {
    return places;
  }

  /** The messages that can be evicted. */
  QueueEviction eviction() {
    return eviction;
  }

  Cursors cursors() {
    return cursors;
  }

  // ---- the messages of it ---------------------------------------------------------------------

  /** Whether a message without a producer's key is not done with here. */
  boolean needs(int priority, long id, Bytes key) {
    if (awaits(new Place(priority, id))) {
      return true; // the cheaper question first: most messages end before others have got them
    }
    Outstanding message = outstanding.findNamed(key);
    return message != null && !message.evicted && !message.keyed;
  }

  /** Whether a message at this place is still to be chosen for this subscriber. */
  boolean awaits(Place place) {
    return cursors.awaits(place);
  }

  /** Notes that the log was given a place that is not this subscriber's. */
  void skipLater(Place place) {
    cursors.skipLater(place);
  }

  /** The messages with a producer's key that were chosen and put back, and never sent. */
  List<Outstanding> neverSent() {
    return outstanding.neverSent();
  }

  /** Ends a message: it is neither out nor does it wait to be sent again any more. */
  void end(Outstanding message) {
    outstanding.end(message);
  }

  // ---- dying ----------------------------------------------------------------------------------

  /** Whether a message waits that reached its limit of deliveries. */
  boolean hasSpent() {
    return outstanding.spent().isAny();
  }

  /** The waiting messages that reached their limit of deliveries since the last call, in order. */
  List<Outstanding> takeSpent() {
    return outstanding.spent().take();
  }

  /** A message of the last call is taken by the next one. */
  void leaveSpent(Outstanding message) {
    outstanding.spent().add(message);
  }

  /** Counts messages that have died. */
  void died(int count) {
    counters.died(count);
  }

  // ---- expiry ---------------------------------------------------------------------------------

  /** The messages of an entry have expired and it is being removed. */
  void expire(int priority, Entry entry) {
    counters.expired(cursors.expire(priority, entry));
    counters.expired(outstanding.endEntry(priority, entry.firstId()));
  }

  /** Counts messages that expired before they were queued. */
  void expired(long count) {
    counters.expired(count);
  }

  /** The next moment at which {@link #expireOut} may have something to do. */
  long nextEndMillis() {
    return outstanding.out().nextEndMillis();
  }

  /**
   * Messages that are out and have expired by now no longer hold back a batch.
   *
   * @return the messages that ended
   */
  List<Outstanding> expireOut(long nowMillis) {
    List<Outstanding> ended = outstanding.out().ending(nowMillis);
    ended.forEach(outstanding::end);
    counters.expired(ended.size());
    return ended;
  }

  // ---- deleting -------------------------------------------------------------------------------

  /** A message without a producer's key is being deleted from an entry of a log. */
  void delete(int priority, Entry entry, long id, Bytes key) {
    cursors.delete(priority, entry, id);
    Outstanding message = outstanding.findNamed(key);
    if (message != null && !message.keyed) {
      outstanding.end(message);
    }
  }

  /** The message with this producer's key is being deleted: it is no longer out either. */
  void delete(Bytes key) {
    Outstanding message = outstanding.findKeyed(key);
    if (message != null) {
      outstanding.end(message);
    }
  }

  // ---- purging --------------------------------------------------------------------------------

  /** The number of queued messages: waiting, out, and nacked ones. */
  long queued() {
    return counters.waits() + outstanding.out().messageCount() + outstanding.nacked().count();
  }

  /**
   * Drops everything; the first message that it gets after that has an id from {@code nextId} on.
   */
  void purge(long nextId) {
    outstanding.endAll();
    cursors.skipTo(nextId);
  }

  /** Ends all messages that are out or wait to be sent again. */
  List<Outstanding> endOutstanding() {
    List<Outstanding> ended = List.copyOf(outstanding.all());
    ended.forEach(outstanding::end);
    return ended;
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether progress must be saved with the next commit. */
  boolean isChanged() {
    return inFlight.isAnySent() || cursors.isChanged() || outstanding.isChanged();
  }

  /**
   * An entry is taken out of a log: a cursor that has moved must be saved with it, or it would look
   * for that entry after a crash.
   */
  void saveCursors() {
    cursors.saveMoved();
  }

  /**
   * The state of this queue that must survive, for saving. A passed place is known by the older
   * version that is outstanding; without one it is saved as if it had been chosen and not sent.
   */
  Progress takeProgress() {
    inFlight.saved();
    List<Progress.Unacknowledged> saved = outstanding.takeProgress();
    for (PassedPlaces.Passed passed : cursors.passed().all()) {
      Outstanding older = outstanding.findKeyed(passed.key());
      if (older == null || older.evicted) {
        saved.add(passed.saved());
      }
    }
    return new Progress(cursors.takeProgress(), cursors.takeAbsences(), saved);
  }

  /** The ids of a log that are still needed for this queue. */
  void collectNeeded(int priority, List<IdRanges.Range> needed) {
    outstanding.collectNeeded(priority, needed);
    cursors.collectNeeded(priority, needed);
  }

  // ---- looking --------------------------------------------------------------------------------

  /** See {@link QueueCounters#stats}. */
  QueueStats stats(double keyedBytes) {
    return counters.stats(keyedBytes);
  }

  /** The place of a message without a producer's key; null when this queue is done with it. */
  ExportedMessage.@Nullable Queued find(int priority, long id, Bytes key) {
    Outstanding message = outstanding.findNamed(key);
    if (message != null && !message.keyed) {
      return message.evicted
          ? null
          : new ExportedMessage.Queued(subscriber, message.shownState(), message.shownAttempt(0));
    }
    return awaits(new Place(priority, id))
        ? new ExportedMessage.Queued(subscriber, PeekedMessage.State.QUEUED, 1)
        : null;
  }

  /**
   * The messages in the order in which they would be delivered, those that are out first; at most
   * {@code max}. Changes nothing.
   */
  Peeked peek(PeekFilter filter, int max, long nowMillis) {
    return new Peek(topic, cursors, outstanding, filter, max, nowMillis).look();
  }
}
