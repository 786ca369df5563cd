package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import io.ppmq.store.Place;
import io.ppmq.store.TopicStore;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keyed messages of a topic with dedupe, and the places where they wait.
 *
 * <p>A message with a key is stored under the key, and the logs hold the place where it waits. A
 * newer version replaces the older one there; the place stays for each subscriber that was not sent
 * it yet, unless the newer one has a higher priority. A subscriber that was sent the older one gets
 * a new place at the end. So one key has one place for each subscriber at most, and a place that no
 * subscriber has is removed at once.
 */
final class KeyedMessages {
  private final TopicContents topic;
  private final TopicStore store;
  private final Queues queues;
  private final RetainedCount retained;
  private long replaced;

  KeyedMessages(TopicContents topic, Queues queues, RetainedCount retained) {
    this.retained = retained;
    this.topic = topic;
    this.store = topic.store();
    this.queues = queues;
  }

  /** The number of messages that a newer version has replaced. */
  long replaced() {
    return replaced;
  }

  // ---- publishing -----------------------------------------------------------------------------

  /**
   * Keeps a message as the newest version of its key, and queues it for subscribers that have no
   * place for it.
   *
   * @return false, without a change, when the key is that of a dead letter, which no message
   *     replaces
   */
  boolean publish(Message message, Bytes key, Log log, long id, long nowMillis) {
    KeyedMessage before = findUnexpired(key, nowMillis);
    if (before != null && before.isDeadLetter()) {
      return false;
    }
    Place end = new Place(log.priority(), id);
    SortedMap<String, Place> kept =
        before == null ? Collections.emptySortedMap() : keptPlaces(before, log);
    boolean anyAtEnd = before == null || queues.attached().size() > attachedIn(kept);
    Place common = anyAtEnd || before == null ? end : before.common();
    if (before != null && !anyAtEnd) {
      kept.values().removeIf(common::equals);
    }
    KeyedMessage newest = newest(message, key, end, nowMillis, common, kept, null);
    keep(before, newest);
    if (anyAtEnd) {
      queueAtEnd(newest, log, end, nowMillis);
    }
    if (before != null) {
      replaced++;
      removeAbandoned(before, newest);
    }
    return true;
  }

  /**
   * Keeps a dead letter, under a key that is not in use, and queues it at the end for all
   * subscribers.
   */
  void bury(Letter letter, Bytes key, Log log, long id, long nowMillis) {
    Place end = new Place(log.priority(), id);
    KeyedMessage kept =
        newest(
            letter.message(),
            key,
            end,
            nowMillis,
            end,
            Collections.emptySortedMap(),
            letter.origin());
    keep(null, kept);
    queueAtEnd(kept, log, end, nowMillis);
  }

  private @Nullable KeyedMessage findUnexpired(Bytes key, long nowMillis) {
    KeyedMessage before = store.find(key);
    if (before != null && topic.isExpired(before.endMillis(), nowMillis)) {
      expire(before);
      return null;
    }
    return before;
  }

  private KeyedMessage newest(
      Message message,
      Bytes key,
      Place end,
      long nowMillis,
      Place common,
      SortedMap<String, Place> exceptions,
      @Nullable Origin origin) {
    return new KeyedMessage(
        key.copy(),
        end.id(),
        end.priority(),
        nowMillis,
        message.expires(),
        topic.settings().expire(),
        message.payload(),
        common,
        exceptions,
        origin,
        message.expires() == null ? topic.settings().ageEndMillis(nowMillis) : Entry.NEVER);
  }

  /** The places that stay when a newer version comes, by subscriber. */
  private SortedMap<String, Place> keptPlaces(KeyedMessage before, Log log) {
    SortedMap<String, Place> kept = new TreeMap<>();
    for (SubscriberQueue queue : queues.attached()) {
      Place place = queue.places().placeFor(before, log.priority());
      if (place != null) {
        kept.put(queue.subscriber(), place);
      }
    }
    for (SubscriberQueue queue : queues.detached()) {
      Place place = before.placeOf(queue.subscriber());
      kept.put(queue.subscriber(), queue.places().holds(before) ? place : Place.NONE);
    }
    return kept;
  }

  // ---- requeueing -----------------------------------------------------------------------------

  /**
   * The reason, in a sentence, why a version that died for a subscriber cannot be requeued for it;
   * null when it can.
   */
  @Nullable String requeueRefusal(SubscriberQueue queue, Bytes key, long version, long nowMillis) {
    KeyedMessage kept = store.find(key);
    if (kept == null || topic.isExpired(kept.endMillis(), nowMillis)) {
      return null;
    }
    if (queue.places().needs(kept) && kept.firstVersion() >= version) {
      return "a newer version of its key waits for the subscriber";
    }
    return kept.firstVersion() != version && isNeededBeside(queue, kept)
        ? "another version of its key waits for other subscribers"
        : null;
  }

  /**
   * Queues a message for one subscriber only, at the end. If others still need this version, the
   * subscriber gets a place of its own for it; an older version that was requeued before is
   * replaced. {@link #requeueRefusal} has not refused it.
   */
  void requeue(
      SubscriberQueue queue,
      Message message,
      Bytes key,
      Origin origin,
      Log log,
      long id,
      long nowMillis) {
    KeyedMessage before = findUnexpired(key, nowMillis);
    Place end = new Place(log.priority(), id);
    if (before != null && isNeededBeside(queue, before)) {
      KeyedMessage shared = before.withPlace(queue.subscriber(), end);
      keep(before, shared);
      queueAtEnd(shared, log, end, nowMillis);
      return;
    }
    Place held = before == null ? null : queue.places().placeFor(before, log.priority());
    SortedMap<String, Place> alone = new TreeMap<>();
    alone.put(queue.subscriber(), held == null ? end : held);
    KeyedMessage newest = newest(message, key, end, nowMillis, Place.NONE, alone, origin);
    keep(before, newest);
    if (held == null) {
      queueAtEnd(newest, log, end, nowMillis);
    }
    if (before != null) {
      replaced++;
      removeAbandoned(before, newest);
    } else {
      queues.all().forEach(other -> other.places().passBy(newest));
    }
  }

  private int attachedIn(SortedMap<String, Place> places) {
    int count = 0;
    for (SubscriberQueue queue : queues.attached()) {
      count += places.containsKey(queue.subscriber()) ? 1 : 0;
    }
    return count;
  }

  private void queueAtEnd(KeyedMessage newest, Log log, Place end, long nowMillis) {
    log.addPlace(end.id(), newest.key(), nowMillis);
    for (SubscriberQueue queue : queues.all()) {
      if (!newest.placeOf(queue.subscriber()).equals(end) || !queue.isAttached()) {
        queue.skipLater(end);
      }
    }
  }

  // ---- delivering -----------------------------------------------------------------------------

  /**
   * A message that was chosen and never sent is in its old place again, as if it had not been
   * chosen. So a newer version that came meanwhile takes that place, unless its own is in a higher
   * priority.
   */
  void returnToPlaces(SubscriberQueue queue) {
    for (Outstanding message : queue.neverSent()) {
      KeyedMessage kept = store.find(message.key);
      if (kept == null) {
        queue.end(message);
      } else if (queue.awaits(kept.placeOf(queue.subscriber()))) {
        returnToPlace(queue, message, kept);
      }
    }
  }

  private void returnToPlace(SubscriberQueue queue, Outstanding message, KeyedMessage kept) {
    Place place = kept.placeOf(queue.subscriber());
    if (place.priority() < topic.settings().nearestPriority(message.priority)) {
      queue.end(message);
    } else {
      KeyedMessage moved = kept.withPlace(queue.subscriber(), message.place());
      keep(kept, moved);
      queue.skipLater(place);
      removeAbandoned(kept, moved);
    }
  }

  /**
   * Forgets a keyed message when the subscriber that is now done with it was the last to need it.
   */
  void settle(SubscriberQueue queue, Outstanding message) {
    KeyedMessage kept = store.find(message.key);
    if (kept == null) {
      return;
    }
    if (kept.version() > message.version && queue.places().needs(kept)) {
      return; // also where it is out by now, since settling can fail and be done again later
    }
    boolean awaited = queue.awaits(kept.placeOf(queue.subscriber()));
    if (isNeededBeside(queue, kept)) {
      if (awaited) {
        keep(kept, kept.withPlace(queue.subscriber(), Place.NONE));
      }
      return;
    }
    forget(kept);
    if (!kept.exceptions().isEmpty() || queue.awaits(kept.common())) {
      removePlaces(places(kept));
    }
  }

  private boolean isNeededBeside(SubscriberQueue queue, KeyedMessage kept) {
    for (SubscriberQueue other : queues.all()) {
      if (other != queue && other.places().needs(kept)) {
        return true;
      }
    }
    return false;
  }

  private void keep(@Nullable KeyedMessage before, KeyedMessage now) {
    store.keep(before, now);
    retained.kept(before, now);
  }

  private void forget(KeyedMessage kept) {
    store.forget(kept);
    retained.forgot(kept);
  }

  // ---- expiring -------------------------------------------------------------------------------

  /** Forgets a message that has expired. */
  void expire(KeyedMessage kept) {
    forget(kept); // before anything else: the store may refuse it
    for (SubscriberQueue queue : queues.all()) {
      queue.places().expire(kept);
    }
    removePlaces(places(kept));
  }

  /** Takes a message out of all queues and forgets it; if it is out, it stays out. */
  void evict(KeyedMessage kept) {
    for (SubscriberQueue queue : queues.all()) {
      queue.places().evict(kept);
    }
    forget(kept);
    removePlaces(places(kept));
  }

  // ---- places that no subscriber has ----------------------------------------------------------

  private void removeAbandoned(KeyedMessage before, KeyedMessage newest) {
    Set<Place> abandoned = places(before);
    abandoned.removeAll(places(newest));
    removePlaces(abandoned);
  }

  private void removePlaces(Set<Place> places) {
    queues.saveCursors();
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
}
