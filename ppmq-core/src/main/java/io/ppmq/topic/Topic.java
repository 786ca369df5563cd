package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.TopicStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A topic: what is published to it is kept once, and every subscriber of it gets it in order of
 * priority, first in first out within one, until it is acknowledged, expires, or is replaced by a
 * newer message of its key.
 *
 * <p>There is one {@link Log} per priority and one {@link SubscriberQueue} per subscriber: cursors
 * into those logs. With dedupe, a message that has a key is kept under the key and the logs hold
 * the place where it waits. A newer version replaces the older one there; the place stays for each
 * subscriber that was not sent it yet, unless the newer one has a higher priority, and a subscriber
 * that was sent it gets a new place at the end. So one key has one place for each subscriber at
 * most, and a place that is nobody's is removed at once.
 *
 * <p>One thread owns a topic. Commands take effect in memory at once and in the store with its next
 * commit, before which {@link #flush(boolean)} must be called; batches are to be chosen only after
 * it, so that nothing is delivered that might not be kept. After a {@link
 * io.ppmq.store.StoreException} from a command the topic must not be used again: open it anew.
 */
public final class Topic {
  private final TopicSettings settings;
  private final TopicStore store;
  private final Ids ids;
  private final BrokerKey plainKeys = BrokerKey.plain();
  private final BrokerKey keysBesideProducers;
  private final SortedMap<Integer, Log> logs = new TreeMap<>();
  private final Map<String, SubscriberQueue> queues = new LinkedHashMap<>();
  private final List<SubscriberQueue> attached = new ArrayList<>();
  private final List<SubscriberQueue> detached = new ArrayList<>();
  private final Set<Log> open = new HashSet<>();
  private boolean trimDue = true;
  private long published;
  private long dropped;
  private long replaced;
  private long clamped;

  private Topic(TopicSettings settings, TopicStore store, Ids ids, String nonce) {
    this.settings = settings;
    this.store = store;
    this.ids = ids;
    this.keysBesideProducers = BrokerKey.besideProducersKeys(nonce);
  }

  /**
   * Opens a topic as the store has it. What was sent and not acknowledged waits to be sent again; a
   * subscriber it never had begins with what is published from now on; one that the settings no
   * longer name keeps what it has and gets nothing new.
   *
   * @param nonce {@link io.ppmq.store.Store#nonce()}
   */
  public static Topic open(TopicSettings settings, TopicStore store, Ids ids, String nonce) {
    Topic topic = new Topic(settings, store, ids, nonce);
    Map<String, Progress> progress = store.progress();
    topic.openLogs(progress.values());
    progress.forEach(
        (subscriber, saved) -> {
          topic.queue(subscriber).resume(topic.logs.values(), saved);
          topic.returnToPlaces(topic.queue(subscriber));
        });
    long now = ids.take(1);
    for (String subscriber : settings.subscribers()) {
      if (progress.containsKey(subscriber)) {
        topic.queue(subscriber).attach(now);
      } else {
        topic.queue(subscriber).begin(topic.logs.values(), now);
      }
      topic.attached.add(topic.queue(subscriber));
    }
    for (SubscriberQueue queue : topic.queues.values()) {
      if (!settings.subscribers().contains(queue.subscriber())) {
        queue.detach(now);
        topic.detached.add(queue);
      }
    }
    return topic;
  }

  private void openLogs(Collection<Progress> progress) {
    SortedSet<Integer> priorities = new TreeSet<>(store.priorities());
    progress.forEach(saved -> priorities.addAll(saved.cursors().keySet()));
    for (int priority : priorities) {
      long ordinal = 0;
      for (Progress saved : progress) {
        Progress.Cursor cursor = saved.cursors().get(priority);
        ordinal = Math.max(ordinal, cursor == null ? 0 : cursor.tail());
      }
      logs.put(priority, new Log(store, priority, ordinal));
    }
  }

  private SubscriberQueue queue(String subscriber) {
    return queues.computeIfAbsent(
        subscriber,
        name -> new SubscriberQueue(name, settings, store, plainKeys, keysBesideProducers));
  }

  /** What the configuration says of this topic. */
  public TopicSettings settings() {
    return settings;
  }

  /** The names of all subscribers it has messages for, attached or not. */
  public Set<String> subscribers() {
    return queues.keySet();
  }

  // ---- publishing -----------------------------------------------------------------------------

  /** Queues messages, at least one, in their order, for every subscriber. */
  public void publish(List<Message> messages, long nowMillis) {
    published += messages.size();
    if (attached.isEmpty()) {
      dropped += messages.size();
      return;
    }
    long id = ids.take(messages.size());
    for (Message message : messages) {
      int priority = settings.nearestPriority(message.priority());
      clamped += priority == message.priority() ? 0 : 1;
      Log log = log(priority);
      Bytes key = message.key();
      if (settings.dedupe() && key != null) {
        publishKeyed(message, key, log, id, nowMillis);
      } else {
        long expiresAtMillis = settings.expire() ? Entry.millisOf(message.expires()) : Entry.NEVER;
        log.add(id, message.payload(), message.expires(), expiresAtMillis, nowMillis);
        open.add(log);
        missed(log);
      }
      id++;
    }
  }

  private Log log(int priority) {
    Log log = logs.get(priority);
    if (log == null) {
      log = new Log(store, priority, 0);
      logs.put(priority, log);
      for (SubscriberQueue queue : queues.values()) {
        queue.addLog(log);
      }
    }
    return log;
  }

  private void missed(Log log) {
    for (SubscriberQueue queue : detached) {
      queue.missed(log.priority(), 1);
    }
  }

  private void publishKeyed(Message message, Bytes key, Log log, long id, long nowMillis) {
    KeyedMessage before = store.find(key);
    if (before != null && settings.expire() && before.expiresAtMillis() <= nowMillis) {
      expireKeyed(before);
      before = null;
    }
    Place end = new Place(log.priority(), id);
    SortedMap<String, Place> kept = before == null ? new TreeMap<>() : keptPlaces(before, log);
    boolean anyAtEnd = before == null || attached.size() > attachedIn(kept);
    Place common = anyAtEnd || before == null ? end : before.common();
    if (before != null && !anyAtEnd) {
      kept.values().removeIf(common::equals);
    }
    KeyedMessage newest =
        new KeyedMessage(
            key.copy(),
            id,
            log.priority(),
            nowMillis,
            message.expires(),
            settings.expire(),
            message.payload(),
            common,
            kept);
    store.keep(before, newest);
    if (anyAtEnd) {
      queueAtEnd(newest, log, end, nowMillis);
    }
    if (before != null) {
      replaced++;
      removeAbandoned(before, newest);
    }
  }

  /** The places that stay where they are when a newer version comes, by subscriber. */
  private SortedMap<String, Place> keptPlaces(KeyedMessage before, Log log) {
    SortedMap<String, Place> kept = new TreeMap<>();
    for (SubscriberQueue queue : attached) {
      Place place = queue.placeFor(before, log.priority());
      if (place != null) {
        kept.put(queue.subscriber(), place);
      }
    }
    for (SubscriberQueue queue : detached) {
      Place place = before.placeOf(queue.subscriber());
      kept.put(queue.subscriber(), queue.holds(before) ? place : Place.NONE);
    }
    return kept;
  }

  private int attachedIn(SortedMap<String, Place> places) {
    int count = 0;
    for (SubscriberQueue queue : attached) {
      count += places.containsKey(queue.subscriber()) ? 1 : 0;
    }
    return count;
  }

  private void queueAtEnd(KeyedMessage newest, Log log, Place end, long nowMillis) {
    log.addPlace(end.id(), newest.key(), nowMillis);
    for (SubscriberQueue queue : queues.values()) {
      if (!newest.placeOf(queue.subscriber()).equals(end) || !queue.isAttached()) {
        queue.skipLater(end);
      }
    }
  }

  private void removeAbandoned(KeyedMessage before, KeyedMessage newest) {
    Set<Place> abandoned = places(before);
    abandoned.removeAll(places(newest));
    removePlaces(abandoned);
  }

  private void removePlaces(Set<Place> places) {
    saveCursors();
    for (Place place : places) {
      if (!place.equals(Place.NONE)) {
        store.remove(place.priority(), place.id(), Entry.NEVER);
      }
    }
  }

  private static Set<Place> places(KeyedMessage message) {
    Set<Place> places = new HashSet<>(message.exceptions().values());
    places.add(message.common());
    return places;
  }

  // ---- delivering -----------------------------------------------------------------------------

  /** Whether a batch can be chosen for a subscriber: none is out, and something waits. */
  public boolean isReady(String subscriber) {
    return attachedQueue(subscriber).isReady();
  }

  /**
   * Chooses a subscriber's next batch, whose messages are out from now on until {@link #pushed},
   * {@link #failed}, {@link #redeliver}, an acknowledgement or their expiry says otherwise.
   *
   * @return the batch; null when nothing is to be sent, or when looking for it took its turn
   *     ({@link #isReady} tells which)
   */
  public @Nullable Batch choose(String subscriber, BatchLimits limits, long nowMillis) {
    SubscriberQueue queue = attachedQueue(subscriber);
    Batch batch = queue.choose(limits, nowMillis);
    queue.takeDropped().forEach(message -> ended(queue, message));
    return batch;
  }

  /** The batch that is out was pushed whole. */
  public void pushed(String subscriber) {
    SubscriberQueue queue = attachedQueue(subscriber);
    queue.pushed().forEach(message -> ended(queue, message));
  }

  /** The batch that is out was not pushed whole: nothing of it counts as sent. */
  public void failed(String subscriber) {
    SubscriberQueue queue = attachedQueue(subscriber);
    queue.failed().forEach(message -> ended(queue, message));
    returnToPlaces(queue);
  }

  /**
   * What was chosen and never sent is in its old place again, as if it had not been chosen. So a
   * newer version that came meanwhile takes that place, unless its own is in a higher priority.
   */
  private void returnToPlaces(SubscriberQueue queue) {
    for (Outstanding message : queue.neverSent()) {
      KeyedMessage kept = store.find(message.key);
      if (kept == null) {
        queue.end(message);
        continue;
      }
      Place place = kept.placeOf(queue.subscriber());
      if (!queue.awaits(place)) {
        continue;
      }
      if (settings.nearestPriority(place.priority()) < settings.nearestPriority(message.priority)) {
        queue.end(message);
      } else {
        KeyedMessage moved = kept.withPlace(queue.subscriber(), message.place());
        store.keep(kept, moved);
        queue.skipLater(place);
        removeAbandoned(kept, moved);
      }
    }
  }

  /** What was sent to the subscriber and is not acknowledged is to be sent again. */
  public void redeliver(String subscriber) {
    attachedQueue(subscriber).redeliver();
  }

  /** Whether a batch is out that was pushed whole and is not all acknowledged. */
  public boolean awaitsAcknowledgement(String subscriber) {
    return attachedQueue(subscriber).isPushed();
  }

  /**
   * The subscriber is done with these messages. A key that is not out with it, and does not wait to
   * be sent again, does nothing.
   */
  public void acknowledge(String subscriber, List<Bytes> keys) {
    SubscriberQueue queue = attachedQueue(subscriber);
    for (Bytes key : keys) {
      Outstanding message = queue.acknowledge(key);
      if (message != null) {
        ended(queue, message);
      }
    }
  }

  private void ended(SubscriberQueue queue, Outstanding message) {
    trimDue = true;
    if (message.keyed) {
      settle(queue, message);
    }
  }

  /**
   * Forgets a keyed message when the subscriber that is now done with it was the last to need it.
   */
  private void settle(SubscriberQueue queue, Outstanding message) {
    KeyedMessage kept = store.find(message.key);
    if (kept == null
        || (kept.version() > message.version && queue.awaits(kept.placeOf(queue.subscriber())))) {
      return;
    }
    for (SubscriberQueue other : queues.values()) {
      if (other != queue && other.needs(kept)) {
        if (queue.awaits(kept.placeOf(queue.subscriber()))) {
          store.keep(kept, kept.withPlace(queue.subscriber(), Place.NONE));
        }
        return;
      }
    }
    store.forget(kept);
    if (!kept.exceptions().isEmpty() || queue.awaits(kept.common())) {
      removePlaces(places(kept));
    }
  }

  private SubscriberQueue attachedQueue(String subscriber) {
    SubscriberQueue queue = queues.get(subscriber);
    if (queue == null || !queue.isAttached()) {
      throw new IllegalArgumentException(
          subscriber + " is no subscriber of topic " + settings.name());
    }
    return queue;
  }

  // ---- expiring and giving back ---------------------------------------------------------------

  /**
   * Removes something of this topic that the store says has expired.
   *
   * @return false when there is nothing to remove: it is gone, or expires later, or this topic does
   *     not let messages expire
   */
  public boolean expire(Expiring expiring) {
    if (!settings.expire()) {
      return false;
    }
    Bytes key = expiring.key();
    if (key != null) {
      KeyedMessage kept = store.find(key);
      if (kept == null || kept.expiresAtMillis() != expiring.atMillis()) {
        return false;
      }
      expireKeyed(kept);
      return true;
    }
    List<Entry> entries = store.read(expiring.priority(), expiring.id(), 1, 1);
    if (entries.isEmpty() || entries.get(0).firstId() != expiring.id()) {
      return false;
    }
    for (SubscriberQueue queue : queues.values()) {
      queue.expire(expiring.priority(), entries.get(0));
    }
    saveCursors();
    store.remove(expiring.priority(), expiring.id(), expiring.atMillis());
    return true;
  }

  /** Cursors are saved with what they have passed and is taken out of a log now. */
  private void saveCursors() {
    queues.values().forEach(SubscriberQueue::saveCursors);
  }

  private void expireKeyed(KeyedMessage kept) {
    for (SubscriberQueue queue : queues.values()) {
      queue.expire(kept);
    }
    store.forget(kept);
    removePlaces(places(kept));
  }

  /**
   * Drops what no subscriber needs any more, if anything was acknowledged since this was last done.
   * Costs as much as there are subscribers and messages out, so it is done now and then.
   */
  public void trim() {
    if (!trimDue) {
      return;
    }
    trimDue = false;
    saveCursors();
    for (Log log : logs.values()) {
      List<IdRanges.Range> needed = new ArrayList<>();
      for (SubscriberQueue queue : queues.values()) {
        queue.collectNeeded(log.priority(), needed);
      }
      log.trim(IdRanges.union(needed));
    }
  }

  // ---- keeping --------------------------------------------------------------------------------

  /**
   * Hands everything that changed to the store, to be part of its next commit.
   *
   * @param all whether to save also what need not survive but is better kept: how often messages
   *     were sent
   */
  public void flush(boolean all) {
    open.forEach(Log::flush);
    open.clear();
    for (SubscriberQueue queue : queues.values()) {
      if (queue.isChanged() || (all && queue.isTouched())) {
        store.save(queue.subscriber(), queue.takeProgress());
      }
    }
  }

  /** Whether {@link #flush} with {@code all} would save more than without. */
  public boolean isTouched() {
    for (SubscriberQueue queue : attached) {
      if (queue.isTouched()) {
        return true;
      }
    }
    return false;
  }

  // ---- looking --------------------------------------------------------------------------------

  /**
   * What a subscriber would get next, what is out with it first; at most {@code max} messages, and
   * no more once they add up to 4 MiB of payload. Changes nothing.
   */
  public List<PeekedMessage> peek(String subscriber, int max, long nowMillis) {
    return attachedQueue(subscriber).peek(max, nowMillis);
  }

  /** How the topic and its subscribers stand. */
  public TopicStats stats() {
    List<QueueStats> stats = new ArrayList<>();
    queues.values().forEach(queue -> stats.add(queue.stats()));
    return new TopicStats(settings.name(), published, dropped, replaced, clamped, stats);
  }
}
