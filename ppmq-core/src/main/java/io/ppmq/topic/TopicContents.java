package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What all queues of a topic read: its settings, its store, and how a stored message becomes a
 * delivery.
 *
 * @param settings the topic's settings
 * @param store where its messages are
 * @param brokerKeys the keys of messages that have none of their own
 * @param hold what is not to be chosen for the time being
 */
record TopicContents(TopicSettings settings, TopicStore store, BrokerKey brokerKeys, Hold hold) {
  /** The newest version under a producer's key. */
  @Nullable KeyedMessage find(Bytes key) {
    return store.find(key);
  }

  Bytes brokerKey(long id) {
    return brokerKeys.of(id);
  }

  boolean isExpired(long expiresAtMillis, long nowMillis) {
    return settings.expire() && expiresAtMillis <= nowMillis;
  }

  Delivery delivery(KeyedMessage kept, int attempt) {
    return delivery(kept.key(), kept.payload(), kept.expires(), kept.priority(), attempt);
  }

  /** The first delivery of the message a cursor stands on, which is no place. */
  Delivery delivery(LogReader reader, Bytes key) {
    return delivery(key, reader.payload(), reader.expires(), reader.log().priority(), 1);
  }

  /** A delivery of an outstanding message that was found in its log. */
  Delivery delivery(Outstanding message, EntryFinder found, int attempt) {
    return delivery(message.key, found.payload(), found.expires(), message.priority, attempt);
  }

  private Delivery delivery(
      Bytes key, Bytes payload, @Nullable Instant expires, int priority, int attempt) {
    return new Delivery(key, payload, expires, settings.nearestPriority(priority), attempt);
  }
}
