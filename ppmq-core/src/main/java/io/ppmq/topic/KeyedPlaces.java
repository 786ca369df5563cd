package io.ppmq.topic;

import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import org.jspecify.annotations.Nullable;

/**
 * The places where keyed messages wait for one subscriber: in the logs, ahead of the cursors, or
 * among the outstanding messages. {@link KeyedMessages} keeps them for all subscribers.
 */
final class KeyedPlaces {
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final QueueCounters counters;

  KeyedPlaces(
      TopicContents topic,
      Cursors cursors,
      OutstandingMessages outstanding,
      QueueCounters counters) {
    this.topic = topic;
    this.cursors = cursors;
    this.outstanding = outstanding;
    this.counters = counters;
  }

  // ---- publishing -----------------------------------------------------------------------------

  /** Whether this version of a keyed message, or an older one, is not done with here. */
  boolean needs(KeyedMessage kept) {
    return outstanding.findKeyed(kept.key()) != null || cursors.awaits(cursors.placeOf(kept));
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
   * @return the place that it keeps; null if it is to be queued at the end
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
    if (message != null && (message.isNacked() || message.isDoomed())) {
      outstanding.end(message);
    }
    if (cursors.awaits(place, message)) {
      cursors.skipLater(place);
    } else if (held && message != null) {
      outstanding.end(message);
    }
    return null;
  }

  // ---- delivering -----------------------------------------------------------------------------

  /** A version was sent for the first time; if it has a place further on, it is not sent there. */
  void sentVersion(Outstanding message) {
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
   * Whether a newer version than the one that is out waits, or the message is not stored any more.
   */
  boolean isReplaced(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    return kept == null || kept.version() > message.version;
  }

  /** Whether a message that waits to be sent again stands where a newer version of it waits. */
  boolean holdsNewer(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    return kept != null
        && kept.version() > message.version
        && message.place().equals(cursors.placeOf(kept));
  }

  /**
   * Whether the key of a message may name another version than the one that is acknowledged: in a
   * topic with dedupe, or one that was. A key of the broker, which a requeued message may have,
   * names nothing else.
   */
  boolean mayHaveVersions(Outstanding message) {
    return topic.settings().dedupe() || isVersion(message);
  }

  /** Whether the key of a message is a producer's, and names all its versions. */
  boolean isVersion(Outstanding message) {
    KeyedMessage kept = message.keyed ? topic.find(message.key) : null;
    return kept != null && kept.hasProducersKey();
  }

  // ---- looking --------------------------------------------------------------------------------

  /**
   * The place of the newest version of a keyed message; null when it is not for this subscriber.
   */
  ExportedMessage.@Nullable Queued find(KeyedMessage kept, String subscriber) {
    Outstanding message = outstanding.findKeyed(kept.key());
    Place place = cursors.placeOf(kept);
    boolean awaited = cursors.awaits(place, message);
    if (message != null && message.sendsNewest(kept) && !(awaited && goesAhead(place, message))) {
      return new ExportedMessage.Queued(
          subscriber, message.shownState(), message.shownAttempt(kept.version()));
    }
    return awaited || holds(kept)
        ? new ExportedMessage.Queued(subscriber, PeekedMessage.State.QUEUED, 1)
        : null;
  }

  /** Whether the message at a place is chosen before one that waits to be sent again. */
  private boolean goesAhead(Place place, Outstanding message) {
    TopicSettings settings = topic.settings();
    return settings.nearestPriority(place.priority()) < settings.nearestPriority(message.priority);
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** A keyed message has expired and is being forgotten. */
  void expire(KeyedMessage kept) {
    Place place = cursors.placeOf(kept);
    Outstanding message = outstanding.findKeyed(kept.key());
    if (cursors.awaits(place, message)) {
      cursors.skipLater(place);
      counters.expired(1);
    }
    if (message != null && (!message.isOut() || message.outVersion() == kept.version())) {
      outstanding.end(message);
      counters.expired(1);
    }
  }

  /**
   * A message was requeued under a key without a stored message. If it is for another subscriber,
   * an older version that is outstanding here is not sent again: its newest version has expired,
   * and the requeued one would be sent in its place.
   */
  void passBy(KeyedMessage requeued) {
    Outstanding message = outstanding.findKeyed(requeued.key());
    if (message != null && cursors.placeOf(requeued).equals(Place.NONE)) {
      outstanding.evict(message);
    }
  }

  /** A keyed message is taken out of all queues; an older version that is out is not sent again. */
  void evict(KeyedMessage kept) {
    Place place = cursors.placeOf(kept);
    Outstanding message = outstanding.findKeyed(kept.key());
    if (cursors.awaits(place, message)) {
      cursors.skipLater(place);
    }
    if (message != null) {
      outstanding.evict(message);
    }
  }
}
