package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's queue in one topic: what waits for it, what is out with it, and what becomes of
 * it.
 *
 * <p>The messages are in the topic's logs, written once for all subscribers. The queue is a cursor
 * per log ({@link Cursors}) plus what lies before the cursors and is not done: the {@link
 * OutstandingMessages}, of which there are at most a batch per priority, however many messages
 * wait. A {@link BatchSelection} decides in which order they are sent.
 *
 * <p>At most one batch is out with each {@link Worker}. Choosing and redelivering change only what
 * is in memory; acknowledging is what {@link #takeProgress()} must be saved for, and pushing is
 * better saved too: the next broker then knows what it is told of when that is acknowledged there.
 */
final class SubscriberQueue {
  /**
   * After this many choices that found nothing though something is counted, the disk has lost it.
   * One alone may be too early: what is not committed yet is counted, and cannot be read.
   */
  static final int IN_VAIN_MAX = 100;

  private final String subscriber;
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final QueueCounters counters;
  private final ArrayDeque<Outstanding> dropped = new ArrayDeque<>();
  private boolean sent;
  private int inVain;
  private @Nullable PreparedBatch prepared;

  SubscriberQueue(String subscriber, TopicContents topic) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.cursors = new Cursors(subscriber, topic);
    this.outstanding = new OutstandingMessages(topic.settings());
    this.counters = new QueueCounters(subscriber, topic, cursors, outstanding);
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Begins as a subscriber the topic never had: with what is published from {@code nextId} on. */
  void begin(Iterable<Log> logs, long nextId) {
    cursors.begin(logs, nextId);
  }

  /** Goes on from what was saved; all that was outstanding and is kept waits to be sent again. */
  void resume(Iterable<Log> logs, Progress progress) {
    cursors.resume(logs, progress);
    for (Progress.Unacknowledged saved : progress.outstanding()) {
      Bytes key = saved.key();
      if (key == null) {
        outstanding.resume(saved, topic.brokerKey(saved.id()));
      } else if (topic.find(key) != null) {
        outstanding.resume(saved, key);
      } else {
        outstanding.noteChanged(); // or a later message with this key would be taken for it
      }
    }
  }

  /** Applies other settings of the topic. */
  void apply(TopicSettings next) {
    prepared = null;
    outstanding.apply(next);
  }

  /** Gets no more of what is published: the configuration does not name it any longer. */
  void detach(long nextId) {
    prepared = null;
    cursors.detach(nextId);
    cursors.release();
  }

  /** Gets what is published from {@code nextId} on, besides what was kept for it. */
  void attach(long nextId) {
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

  // ---- choosing -------------------------------------------------------------------------------

  /** Whether a batch can be chosen for a worker: none is out with it, and something waits. */
  boolean isReady(Worker worker) {
    return isReady(worker, 0);
  }

  /** Whether a batch can be chosen for a worker, and this many messages and one more wait. */
  boolean isReady(Worker worker, long more) {
    return worker.batch().inFlight() == 0 && isAttached() && counters.backlog() > more;
  }

  /**
   * Chooses the next batch and counts its messages as out. Null when nothing is to be sent, or when
   * looking for it took its turn; {@link #isReady} tells which.
   */
  @Nullable Batch choose(Worker worker, BatchLimits limits, long nowMillis) {
    Batch ready = takePrepared(worker, limits, topic.settings().priorities());
    if (ready != null) {
      inVain = 0;
      return ready;
    }
    BatchSelection selection =
        new BatchSelection(topic, cursors, outstanding, worker, counters, limits, nowMillis);
    Batch batch = fill(worker, selection, topic.settings().priorities());
    inVain = selection.isInVain() ? inVain + 1 : 0;
    if (inVain == IN_VAIN_MAX) {
      inVain = 0;
      cursors.forgetLost();
    }
    return batch;
  }

  /** Chooses the next batch of the priorities below {@code end} alone. */
  @Nullable Batch chooseAhead(Worker worker, BatchLimits limits, long nowMillis, int end) {
    Batch ready = takePrepared(worker, limits, end);
    if (ready != null) {
      return ready;
    }
    BatchSelection selection =
        new BatchSelection(topic, cursors, outstanding, worker, counters, limits, nowMillis);
    return fill(worker, selection, Math.min(end, topic.settings().priorities()));
  }

  /**
   * Makes ready what would be chosen next if nothing were out, and comes to be chosen if nothing
   * else happens. All that was published must be committed.
   *
   * @return that batch; null when none is made ready
   */
  @Nullable Batch prepare(BatchLimits limits) {
    prepared = PreparedBatch.of(subscriber, topic, cursors, limits);
    if (prepared == null) {
      cursors.readPlacesAhead();
      return null;
    }
    return prepared.batch();
  }

  /** Chooses what was made ready, if it is what would be chosen; it is made ready no more. */
  private @Nullable Batch takePrepared(Worker worker, BatchLimits limits, int end) {
    PreparedBatch ready = prepared;
    prepared = null;
    if (ready == null || !ready.isNext(cursors, outstanding, limits, end)) {
      return null;
    }
    return ready.choose(cursors, outstanding, worker);
  }

  private @Nullable Batch fill(Worker worker, BatchSelection selection, int end) {
    try {
      selection.fill(end);
    } catch (StoreException e) {
      failed(worker.batch());
      throw e;
    } finally {
      dropped.addAll(selection.dropped());
    }
    return selection.deliveries().isEmpty()
        ? null
        : new Batch(topic.settings().name(), subscriber, selection.deliveries());
  }

  /** The first that was found expired, is not in the queue any more and is not settled yet. */
  @Nullable Outstanding firstDropped() {
    return dropped.peek();
  }

  /** The first of those is settled. */
  void passDropped() {
    dropped.remove();
  }

  // ---- what becomes of a batch ----------------------------------------------------------------

  /**
   * The batch was pushed whole: what of it is not acknowledged yet is sent.
   *
   * @return what was acknowledged while it was being pushed, and ends now
   */
  List<Outstanding> pushed(BatchOut batch) {
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch.messages()) {
      if (batch.isIn(message) && message.state == Outstanding.State.CHOSEN) {
        sent(message);
        if (message.acknowledgedEarly) {
          done.add(message);
        }
      }
    }
    done.forEach(this::end);
    counters.acknowledged(done.size());
    batch.pushed();
    sent = true;
    if (batch.isRedeliveredWhenPushed()) {
      redeliver(batch);
    }
    return done;
  }

  private void sent(Outstanding message) {
    if (message.isNewVersionChosen()) {
      sentVersion(message);
    }
    outstanding.sent(message);
    counters.delivered(message.attempts);
  }

  /** A version was sent for the first time; if it has a place further on, it is not sent there. */
  private void sentVersion(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    if (kept != null
        && kept.version() == message.chosenVersion
        && cursors.awaits(cursors.placeOf(kept), message)) {
      cursors.skipLater(cursors.placeOf(kept));
    }
    message.version = message.chosenVersion;
    message.attempts = 0;
  }

  /**
   * The batch was not pushed whole: nothing of it counts as sent, and it waits as before.
   *
   * @return what was acknowledged meanwhile, must therefore have been sent before, and ends now
   */
  List<Outstanding> failed(BatchOut batch) {
    batch.redeliverWhenPushed(false);
    prepared = null;
    outstanding.putBackAll(batch, Outstanding.State.CHOSEN);
    cursors.release();
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch.messages()) {
      if (outstanding.has(message)
          && message.batch == batch
          && message.acknowledgedEarly
          && acknowledge(message.key) != null) {
        done.add(message);
      }
    }
    return done;
  }

  /**
   * What of a batch was sent and is not acknowledged waits to be sent again; what is being pushed,
   * as soon as it is sent, because whoever asks may not be the one that reads it.
   */
  void redeliver(BatchOut batch) {
    batch.redeliverWhenPushed(batch.isBeingPushed());
    outstanding.putBackAll(batch, Outstanding.State.SENT);
  }

  /** What of a batch was sent no more often than this waits to be sent again. */
  void redeliver(BatchOut batch, int attemptsMax) {
    outstanding.putBackSent(batch, attemptsMax);
  }

  /**
   * What is out of a batch waits again, pushed whole or not: nobody will say what becomes of it.
   *
   * @return what was acknowledged meanwhile, and ends now
   */
  List<Outstanding> takeBack(BatchOut batch) {
    List<Outstanding> done = failed(batch);
    redeliver(batch);
    batch.redeliverWhenPushed(false);
    return done;
  }

  /** The batches of which something is out. */
  List<BatchOut> batchesOut() {
    return outstanding.batchesOut();
  }

  // ---- acknowledging --------------------------------------------------------------------------

  /**
   * Ends the message that is out, or waits to be sent again, under this key. What has a producer's
   * key ends only if it was sent, since an older message may have had that key: while it is being
   * pushed, the end of the push decides. The broker's key counts in the form, too, that it had
   * before dedupe was switched.
   *
   * @return the message that ended; null when none did
   */
  @Nullable Outstanding acknowledge(Bytes key) {
    Outstanding message = find(key);
    if (message == null) {
      return null;
    }
    message.acknowledgedEarly |= message.isNewVersionChosen();
    if (message.isNewVersionChosen() || message.isNeverSent()) {
      return null;
    }
    counters.acknowledged(1);
    if (message.state == Outstanding.State.CHOSEN) {
      // The acknowledgement overtook the note that it was pushed.
      counters.delivered(message.attempts + 1);
    }
    if (message.keyed && !message.isOut() && holdsNewer(message)) {
      outstanding.waitUnsent(message);
      return null;
    }
    end(message);
    return message;
  }

  /**
   * What is outstanding under this key; if nothing is, and no producer's message has it, what is
   * under the other form of a broker's key.
   */
  private @Nullable Outstanding find(Bytes key) {
    Outstanding message = outstanding.find(key);
    Bytes other = message == null ? topic.otherBrokerKey(key) : null;
    Outstanding renamed = other == null ? null : outstanding.find(other);
    boolean isMeant = renamed != null && !renamed.keyed && topic.find(key) == null;
    return isMeant ? renamed : message;
  }

  /** Whether a message that waits to be sent again stands where a newer version of it waits. */
  private boolean holdsNewer(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    return kept != null
        && kept.version() > message.version
        && message.place().equals(cursors.placeOf(kept));
  }

  /** What has a producer's key, was chosen and put back, and was never sent. */
  List<Outstanding> neverSent() {
    return outstanding.neverSent();
  }

  /** Ends a message: it is neither out nor does it wait to be sent again any more. */
  void end(Outstanding message) {
    outstanding.end(message);
  }

  // ---- keyed messages -------------------------------------------------------------------------

  /** Whether a message at this place is still to be chosen for this subscriber. */
  boolean awaits(Place place) {
    return cursors.awaits(place);
  }

  /** Whether this version of a keyed message, or an older one, is not done with here. */
  boolean needs(KeyedMessage kept) {
    return outstanding.findKeyed(kept.key()) != null || awaits(cursors.placeOf(kept));
  }

  /** Whether a message without a producer's key is not done with here. */
  boolean needs(int priority, long id, Bytes key) {
    Outstanding message = find(key);
    return (message != null && !message.evicted && !message.keyed)
        || awaits(new Place(priority, id));
  }

  /** Whether this version of a keyed message was never sent here, but waits at its place. */
  boolean holds(KeyedMessage kept) {
    Place place = cursors.placeOf(kept);
    Outstanding message = outstanding.findKeyed(kept.key());
    return cursors.awaits(place, message)
        || (message != null
            && !message.isOut()
            && message.version < kept.version()
            && message.place().equals(place));
  }

  /**
   * Decides where a newer version of a keyed message waits for this subscriber.
   *
   * @return the place it keeps, or null when it is to be queued at the end
   */
  @Nullable Place placeFor(KeyedMessage before, int newPriority) {
    Place place = cursors.placeOf(before);
    Outstanding message = outstanding.findKeyed(before.key());
    boolean beingSent =
        message != null && message.isOut() && message.outVersion() == before.version();
    boolean held = !beingSent && holds(before);
    if (held && newPriority >= topic.settings().nearestPriority(place.priority())) {
      return place;
    }
    cursors.noteChanged();
    if (cursors.awaits(place, message)) {
      skipLater(place);
    } else if (held && message != null) {
      end(message);
    }
    return null;
  }

  /** Notes that the log was given a place that is not this subscriber's. */
  void skipLater(Place place) {
    cursors.skipLater(place);
  }

  // ---- evicting and dying ---------------------------------------------------------------------

  /** The oldest message of a priority that is retained for this queue; null when none is. */
  @Nullable EvictionCandidate oldest(int priority) {
    EvictionCandidate oldest = null;
    for (Outstanding message : outstanding.all()) {
      boolean first = oldest == null || message.id < oldest.id();
      if (first && topic.settings().nearestPriority(message.priority) == priority) {
        EvictionCandidate candidate = evictable(message);
        oldest = candidate == null ? oldest : candidate;
      }
    }
    EvictionCandidate ahead = cursors.oldestAhead(priority, outstanding);
    return oldest == null || (ahead != null && ahead.id() < oldest.id()) ? ahead : oldest;
  }

  /** What an outstanding message stands for; null when it is not retained, or elsewhere. */
  private @Nullable EvictionCandidate evictable(Outstanding message) {
    if (message.evicted) {
      return null;
    }
    if (!message.keyed) {
      int payloadBytes = topic.payloadBytes(message);
      return new EvictionCandidate(message.priority, message.id, null, payloadBytes);
    }
    KeyedMessage kept = topic.find(message.key);
    return kept != null && message.sendsNewest(kept) && !goesAhead(kept, message)
        ? new EvictionCandidate(message.priority, message.id, kept, 0)
        : null;
  }

  /** Whether the newest version waits in a higher priority, and is sent from there. */
  private boolean goesAhead(KeyedMessage kept, Outstanding message) {
    Place place = cursors.placeOf(kept);
    return !message.isOut()
        && cursors.awaits(place, message)
        && topic.settings().nearestPriority(place.priority())
            < topic.settings().nearestPriority(message.priority);
  }

  /** A message without a producer's key, the oldest of its log, is taken out of all queues. */
  void evict(int logPriority, long id, Bytes key) {
    Outstanding message = find(key);
    if (message != null && !message.keyed) {
      outstanding.evict(message);
    } else if (awaits(new Place(logPriority, id))) {
      cursors.pass(logPriority, id, outstanding);
    }
  }

  /** A keyed message is taken out of all queues; an older version that is out is not sent again. */
  void evict(KeyedMessage kept) {
    Place place = cursors.placeOf(kept);
    Outstanding message = outstanding.findKeyed(kept.key());
    if (cursors.awaits(place, message)) {
      skipLater(place);
    }
    if (message != null) {
      outstanding.evict(message);
    }
  }

  /** Whether something waits that was sent as often as it may be. */
  boolean hasSpent() {
    return outstanding.hasSpent();
  }

  /** What waits and was sent as often as it may be, in order, since this was last asked. */
  List<Outstanding> takeSpent() {
    return outstanding.takeSpent();
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

  /** A keyed message has expired and is being forgotten. */
  void expire(KeyedMessage kept) {
    Place place = cursors.placeOf(kept);
    Outstanding message = outstanding.findKeyed(kept.key());
    if (cursors.awaits(place, message)) {
      skipLater(place);
      counters.expired(1);
    }
    if (message != null && (!message.isOut() || message.outVersion() == kept.version())) {
      end(message);
      counters.expired(1);
    }
  }

  /** The next moment at which {@link #expireOut} may have something to do. */
  long nextEndMillis() {
    return outstanding.nextEndMillis();
  }

  /**
   * What is out and has expired by now holds back no batch any more.
   *
   * @return what ended
   */
  List<Outstanding> expireOut(long nowMillis) {
    List<Outstanding> ended = outstanding.ending(nowMillis);
    ended.forEach(this::end);
    counters.expired(ended.size());
    return ended;
  }

  // ---- purging --------------------------------------------------------------------------------

  /** How many messages are queued: those that wait and those that are out. */
  long queued() {
    return counters.waits() + outstanding.inFlight();
  }

  /** Lets go of everything; what is given an id from {@code nextId} on is the first it gets. */
  void purge(long nextId) {
    outstanding.endAll();
    cursors.skipTo(nextId);
  }

  /** Everything that is out or waits to be sent again ends. */
  List<Outstanding> endOutstanding() {
    List<Outstanding> ended = List.copyOf(outstanding.all());
    ended.forEach(outstanding::end);
    return ended;
  }

  Cursors cursors() {
    return cursors;
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether progress must be saved with the next commit. */
  boolean isChanged() {
    return sent || cursors.isChanged() || outstanding.isChanged();
  }

  /**
   * Something is taken out of a log: a cursor that has moved must be saved with it, or it would
   * look for that thing after a crash.
   */
  void saveCursors() {
    cursors.saveMoved();
  }

  /** Everything about this queue that must survive, for saving. */
  Progress takeProgress() {
    sent = false;
    return new Progress(cursors.takeProgress(), cursors.absences(), outstanding.takeProgress());
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

  /**
   * The messages in the order in which they would be delivered, what is out first; at most {@code
   * max}. Changes nothing.
   */
  List<PeekedMessage> peek(PeekFilter filter, int max, long nowMillis) {
    return new Peek(topic, cursors, outstanding, filter, max, nowMillis).look();
  }
}
