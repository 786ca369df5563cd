package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Eviction} for one subscriber's queue: it finds and takes out the oldest
 * message of a priority, outstanding or ahead of the cursors.
 */
final class QueueEviction {
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;

  QueueEviction(TopicContents topic, Cursors cursors, OutstandingMessages outstanding) {
    this.topic = topic;
    this.cursors = cursors;
    this.outstanding = outstanding;
  }

  // ---- the oldest -----------------------------------------------------------------------------

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
    for (PassedPlaces.Passed passed : cursors.passed().all()) {
      Place place = passed.place();
      boolean first = oldest == null || place.id() < oldest.id();
      if (first && topic.settings().nearestPriority(place.priority()) == priority) {
        KeyedMessage kept = topic.find(passed.key());
        oldest =
            kept == null ? oldest : new EvictionCandidate(place.priority(), place.id(), kept, 0);
      }
    }
    EvictionCandidate ahead = oldestAhead(priority);
    return oldest == null || (ahead != null && ahead.id() < oldest.id()) ? ahead : oldest;
  }

  /** The retained message behind an outstanding one; null when it is not retained, or elsewhere. */
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

  /** The first message of a priority that lies ahead; null when there is none. */
  private @Nullable EvictionCandidate oldestAhead(int priority) {
    LogReader reader = cursors.readers().frontOfAll(priority);
    while (reader != null && !isInOpenAbsence(reader) && !standsOnMessage(reader)) {
      reader = cursors.readers().frontOfAll(priority);
    }
    if (reader == null || isInOpenAbsence(reader)) {
      return null;
    }
    KeyedMessage kept = reader.current().isPlace() ? topic.find(reader.current().key()) : null;
    return kept != null
        ? new EvictionCandidate(reader.log().priority(), reader.id(), kept, 0)
        : new EvictionCandidate(
            reader.log().priority(), reader.id(), null, reader.payload().length());
  }

  // ---- taking it out --------------------------------------------------------------------------

  /** A message without a producer's key, the oldest of its log, is taken out of all queues. */
  void evict(int logPriority, long id, Bytes key) {
    Outstanding message = outstanding.findNamed(key);
    if (message != null && !message.keyed) {
      outstanding.evict(message);
    } else if (cursors.awaits(new Place(logPriority, id))) {
      pass(logPriority, id);
    }
  }

  /** Passes a message of a log before which nothing in it is for this subscriber. */
  private void pass(int logPriority, long id) {
    LogReader reader = cursors.reader(logPriority);
    while (reader.find() && reader.id() <= id) {
      if (standsOnMessage(reader)) {
        reader.pass();
      }
    }
    cursors.noteChanged();
  }

  // ---- finding the way ------------------------------------------------------------------------

  /** Whether it stands on a message for this subscriber; otherwise it has passed that place. */
  private boolean standsOnMessage(LogReader reader) {
    cursors.noteMoved();
    if (cursors.passAbsence(reader)) {
      return false;
    }
    if (!reader.current().isPlace()) {
      return true;
    }
    KeyedMessage kept = topic.find(reader.current().key());
    if (kept != null && cursors.isPlaceOf(kept, reader.place(), outstanding.find(kept.key()))) {
      return true;
    }
    reader.passSkipped();
    return false;
  }

  /** Whether nothing from here on is for this subscriber, until it is attached again. */
  private boolean isInOpenAbsence(LogReader reader) {
    return cursors.absences().isInOpen(reader.id());
  }
}
