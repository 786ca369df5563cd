package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the oldest messages of the lowest priority out of all queues, to make room in a topic that
 * is full.
 *
 * <p>Messages that are out with a subscriber are not called back. They stay in the batch until they
 * are acknowledged or expire, but they are not retained any more and never sent again.
 */
final class Eviction {
  private final TopicContents topic;
  private final Queues queues;
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;

  Eviction(
      TopicContents topic, Queues queues, KeyedMessages keyedMessages, RetainedCount retained) {
    this.topic = topic;
    this.queues = queues;
    this.keyedMessages = keyedMessages;
    this.retained = retained;
  }

  /**
   * Makes room for messages that fit into the empty topic. Everything that was published must be
   * committed.
   *
   * @return how many messages were evicted
   */
  long makeRoom(List<Message> messages) {
    Set<Bytes> keys = keysOf(messages);
    RetainedCount.Need need = retained.needOf(messages, false);
    long evicted = 0;
    while (!retained.fits(need)) {
      EvictionCandidate oldest = oldest();
      if (oldest == null) {
        return evicted;
      }
      evict(oldest);
      evicted++;
      if (oldest.kept() != null && keys.contains(oldest.kept().key())) {
        need = retained.needOf(messages, false); // it would have made room for its successor
      }
    }
    return evicted;
  }

  private Set<Bytes> keysOf(List<Message> messages) {
    Set<Bytes> keys = new HashSet<>();
    for (Message message : messages) {
      if (topic.settings().dedupe() && message.key() != null) {
        keys.add(message.key());
      }
    }
    return keys;
  }

  private @Nullable EvictionCandidate oldest() {
    for (int priority = topic.settings().priorities() - 1; priority >= 0; priority--) {
      EvictionCandidate oldest = null;
      for (SubscriberQueue queue : queues.all()) {
        EvictionCandidate candidate = queue.eviction().oldest(priority);
        if (candidate != null && (oldest == null || candidate.id() < oldest.id())) {
          oldest = candidate;
        }
      }
      if (oldest != null) {
        return oldest;
      }
    }
    return null;
  }

  private void evict(EvictionCandidate oldest) {
    KeyedMessage kept = oldest.kept();
    if (kept != null) {
      keyedMessages.evict(kept);
      return;
    }
    Bytes key = topic.brokerKey(oldest.id());
    retained.evicting(oldest);
    for (SubscriberQueue queue : queues.all()) {
      queue.eviction().evict(oldest.logPriority(), oldest.id(), key);
    }
  }
}
