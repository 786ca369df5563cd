package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The shared data of all queues of a topic: its present settings, its store, and the conversion of
 * a stored message to a delivery.
 */
final class TopicContents {
  private final TopicStore store;
  private final CommitBarrier barrier;
  private final BrokerKey plainKeys = BrokerKey.plain();
  private final BrokerKey keysBesideProducers;
  private final AgeCounts deliveries = new AgeCounts();
  private final AgeCounts acknowledgements = new AgeCounts();
  private TopicSettings settings;

  /**
   * Contents of a topic.
   *
   * @param nonce for the keys of messages that have none of their own
   * @param barrier separates committed messages, which may be chosen, from others
   */
  TopicContents(TopicSettings settings, TopicStore store, String nonce, CommitBarrier barrier) {
    this.store = store;
    this.keysBesideProducers = BrokerKey.besideProducersKeys(nonce);
    this.barrier = barrier;
    this.settings = settings;
  }

  /** Applies other settings. */
  void apply(TopicSettings next) {
    settings = next;
  }

  TopicSettings settings() {
    return settings;
  }

  TopicStore store() {
    return store;
  }

  /** The ages of messages at their first push. */
  AgeCounts deliveries() {
    return deliveries;
  }

  /** The ages of messages at their acknowledgement. */
  AgeCounts acknowledgements() {
    return acknowledgements;
  }

  CommitBarrier barrier() {
    return barrier;
  }

  /** The newest version under a producer's key. */
  @Nullable KeyedMessage find(Bytes key) {
    return store.find(key);
  }

  /** As {@link #find}, where the message is not essential: null also when it cannot be read. */
  @Nullable KeyedMessage findReadable(Bytes key) {
    try {
      return store.find(key);
    } catch (StoreException e) {
      return null;
    }
  }

  /** A figure that is read; {@code otherwise} if it cannot be read now. */
  static long readable(LongSupplier figure, long otherwise) {
    try {
      return figure.getAsLong();
    } catch (StoreException e) {
      return otherwise;
    }
  }

  Bytes brokerKey(long id) {
    return (settings.dedupe() ? keysBesideProducers : plainKeys).of(id);
  }

  /** The id in a key that the broker gave a message, whatever dedupe was set to; else 0. */
  long idIn(Bytes key) {
    return Math.max(plainKeys.idIn(key), keysBesideProducers.idIn(key));
  }

  /**
   * The key that the broker would give to the same message if dedupe were set the other way; null
   * for a key that is not the broker's.
   */
  @Nullable Bytes otherBrokerKey(Bytes key) {
    long plain = plainKeys.idIn(key);
    long beside = plain > 0 ? 0 : keysBesideProducers.idIn(key);
    return plain > 0 ? keysBesideProducers.of(plain) : beside > 0 ? plainKeys.of(beside) : null;
  }

  /**
   * Whether a message with this end must not be sent any more. That depends on the expiry that its
   * producer wrote, or else on the age that the topic gave it when it was stored; and on whether
   * the topic lets messages expire now. The store lists expiries as they were when the message was
   * stored.
   */
  boolean isExpired(long endMillis, long nowMillis) {
    return settings.expire() && endMillis <= nowMillis;
  }

  /**
   * The end of a message that is stored, or due, at {@code fromMillis}, in milliseconds since the
   * epoch; {@link Entry#NEVER} for never.
   */
  long endMillis(@Nullable Instant expires, long fromMillis) {
    return expires == null ? settings.ageEndMillis(fromMillis) : Entry.millisOf(expires);
  }

  /** The size of the payload of an outstanding message without a producer's key, in bytes. */
  int payloadBytes(Outstanding message) {
    if (message.payloadBytes < 0) {
      EntryFinder finder = new EntryFinder(store);
      boolean found = finder.find(message.priority, message.entryId, message.id);
      message.payloadBytes = found ? finder.payload().length() : 0;
    }
    return message.payloadBytes;
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

  /** The known data of the delivery of an older version that is out, without its content. */
  Delivery replaced(Outstanding message, int attempt) {
    return delivery(message.key, Bytes.EMPTY, null, message.priority, attempt);
  }

  private Delivery delivery(
      Bytes key, Bytes payload, @Nullable Instant expires, int priority, int attempt) {
    return new Delivery(key, payload, expires, settings.nearestPriority(priority), attempt);
  }
}
