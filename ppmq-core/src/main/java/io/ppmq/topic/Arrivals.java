package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Entry;
import io.ppmq.store.Origin;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Queues messages in a topic: those that producers publish, dead letters of other topics, and
 * messages that died here and are requeued.
 */
final class Arrivals {
  private final TopicContents topic;
  private final Ids ids;
  private final Queues queues;
  private final Logs logs;
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;
  private final Uncommitted uncommitted;
  private final DelayedMessages delayed;
  private long published;
  private long dropped;
  private long clamped;
  private long delayedExpired;

  Arrivals(
      TopicContents topic,
      Ids ids,
      Queues queues,
      Logs logs,
      KeyedMessages keyedMessages,
      RetainedCount retained,
      Uncommitted uncommitted) {
    this.topic = topic;
    this.ids = ids;
    this.queues = queues;
    this.logs = logs;
    this.keyedMessages = keyedMessages;
    this.retained = retained;
    this.uncommitted = uncommitted;
    this.delayed = topic.store().delayed();
  }

  // ---- publishing -----------------------------------------------------------------------------

  /** See {@link Topic#publish}. */
  void publish(List<Message> messages, long nowMillis) {
    published += messages.size();
    boolean heard = !topic.settings().subscribers().isEmpty();
    if (!heard && messages.stream().allMatch(message -> message.delay() == null)) {
      dropped += messages.size();
      return;
    }
    long id = ids.take(messages.size());
    uncommitted.add(messages.size());
    for (Message message : messages) {
      long atMillis = momentMillis(message.delay(), nowMillis);
      if (atMillis > nowMillis) {
        delay(message, atMillis, id, nowMillis);
      } else if (heard) {
        publish(message, id, nowMillis);
      } else {
        dropped++;
      }
      id++;
    }
  }

  private static long momentMillis(@Nullable Delay delay, long nowMillis) {
    return delay == null ? nowMillis : delay.momentMillis(nowMillis);
  }

  private void publish(Message message, long id, long nowMillis) {
    int priority = topic.settings().nearestPriority(message.priority());
    clamped += priority == message.priority() ? 0 : 1;
    Log log = logs.of(priority);
    Bytes key = message.key();
    if (topic.settings().dedupe()
        && key != null
        && keyedMessages.publish(message, key, log, id, nowMillis)) {
      uncommitted.anywhere();
    } else {
      uncommitted.at(priority);
      add(message.payload(), message.expires(), log, id, nowMillis, nowMillis);
    }
  }

  private void add(
      Bytes payload, @Nullable Instant expires, Log log, long id, long fromMillis, long nowMillis) {
    long expiresAtMillis =
        topic.settings().expire() ? topic.endMillis(expires, fromMillis) : Entry.NEVER;
    log.add(id, payload, expires, expiresAtMillis, nowMillis);
    logs.opened(log);
    retained.added(payload);
    for (SubscriberQueue queue : queues.detached()) {
      queue.missed(log.priority(), 1);
    }
  }

  // ---- delaying -------------------------------------------------------------------------------

  private void delay(Message message, long atMillis, long id, long nowMillis) {
    int priority = Math.max(0, message.priority());
    clamped += topic.settings().nearestPriority(priority) == message.priority() ? 0 : 1;
    if (topic.isExpired(Entry.millisOf(message.expires()), atMillis)) {
      expireDelayed();
    } else {
      delayed.add(
          new DelayedMessage(
              atMillis, id, priority, nowMillis, message.expires(), message.payload()));
    }
  }

  /**
   * Queues a delayed message that is due, at the end of its priority and with an id of its own, so
   * that it is treated as if it had been published now.
   */
  void comeDue(DelayedMessage message, long nowMillis) {
    delayed.remove(message);
    long atMillis = message.atMillis();
    if (topic.isExpired(topic.endMillis(message.expires(), atMillis), nowMillis)) {
      expireDelayed();
    } else if (topic.settings().subscribers().isEmpty()) {
      dropped++;
    } else {
      long id = ids.take(1);
      int priority = topic.settings().nearestPriority(message.priority());
      uncommitted.add(1);
      uncommitted.at(priority);
      add(message.payload(), message.expires(), logs.of(priority), id, atMillis, nowMillis);
    }
  }

  /** A message expires before its moment, for every subscriber that would have got it. */
  private void expireDelayed() {
    delayedExpired++;
    queues.attached().forEach(queue -> queue.expired(1));
  }

  // ---- dead letters ---------------------------------------------------------------------------

  /** See {@link Topic#bury}. */
  void bury(List<Letter> letters, long nowMillis) {
    published += letters.size();
    if (queues.attached().isEmpty()) {
      dropped += letters.size();
      return;
    }
    for (Letter letter : letters) {
      long id = idOfUnusedKey();
      Log log = logs.of(topic.settings().nearestPriority(letter.origin().priority()));
      keyedMessages.bury(letter, topic.brokerKey(id), log, id, nowMillis);
    }
  }

  /** An id for one message whose key is not in use: a producer may have guessed it. */
  private long idOfUnusedKey() {
    long id = ids.take(1);
    while (topic.find(topic.brokerKey(id)) != null) {
      id = ids.take(1);
    }
    uncommitted.add(1);
    uncommitted.anywhere();
    return id;
  }

  /** See {@link Topic#requeueRefusal}. */
  @Nullable String requeueRefusal(Letter letter, long nowMillis) {
    Instant expires = letter.origin().expires();
    if (topic.isExpired(Entry.millisOf(expires), nowMillis)) {
      return "it expired at " + expires;
    }
    Bytes key = producersKey(letter);
    return key == null
        ? null
        : keyedMessages.requeueRefusal(
            queues.attached(letter.origin().subscriber()),
            key,
            letter.origin().version(),
            nowMillis);
  }

  /** See {@link Topic#requeue}. */
  void requeue(Letter letter, long nowMillis) {
    published++;
    long id = idOfUnusedKey();
    Bytes key = producersKey(letter);
    Origin.Buried inner = letter.origin().inner();
    keyedMessages.requeue(
        queues.attached(letter.origin().subscriber()),
        letter.original(),
        key == null ? topic.brokerKey(id) : key,
        inner != null ? inner : new Origin.Requeued(key == null ? 0 : letter.origin().version()),
        logs.of(topic.settings().nearestPriority(letter.origin().priority())),
        id,
        nowMillis);
  }

  /** The key under which its message is requeued; null if the broker gives it one. */
  private @Nullable Bytes producersKey(Letter letter) {
    return topic.settings().dedupe() ? letter.origin().key() : null;
  }

  // ---- counts since the start -----------------------------------------------------------------

  /** The number of published messages. */
  long published() {
    return published;
  }

  /** The number of those without a subscriber. */
  long dropped() {
    return dropped;
  }

  /** The number of those with a priority that the topic does not have. */
  long clamped() {
    return clamped;
  }

  /** The number of those that expired before their moment. */
  long delayedExpired() {
    return delayedExpired;
  }
}
