package io.ppmq.topic;

import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of one subscriber's queue the messages that reached their limit of deliveries, and
 * those that it nacked for good. A message that was replaced meanwhile, or is gone, or has expired,
 * does not die: it ends as usual.
 */
final class Burial {
  /** The bytes of payload after which the others are left for the next call. */
  private static final long PORTION_BYTES = 1 << 20;

  private final TopicContents topic;
  private final SubscriberQueue queue;
  private final long nowMillis;
  private final EntryFinder finder;
  private final List<Outstanding> ended = new ArrayList<>();

  Burial(TopicContents topic, SubscriberQueue queue, long nowMillis) {
    this.topic = topic;
    this.queue = queue;
    this.nowMillis = nowMillis;
    this.finder = new EntryFinder(topic.store());
  }

  /** The next messages that died, in order; they are not in the queue any more. */
  List<DeadMessage> take() {
    List<DeadMessage> dead = new ArrayList<>();
    long payloadBytes = 0;
    for (Outstanding message : queue.takeSpent()) {
      if (payloadBytes >= PORTION_BYTES) {
        queue.leaveSpent(message);
        continue;
      }
      DeadMessage found = message.keyed ? keyed(message) : plain(message);
      if (found != null) {
        dead.add(found);
        payloadBytes += found.payload().length();
        queue.end(message);
        ended.add(message);
      }
    }
    return dead;
  }

  /** The messages that ended with that, for the topic. */
  List<Outstanding> ended() {
    return ended;
  }

  private @Nullable DeadMessage keyed(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    if (kept == null
        || kept.version() != message.version
        || topic.isExpired(kept.endMillis(), nowMillis)) {
      return null;
    }
    boolean producers = kept.hasProducersKey();
    return new DeadMessage(
        message.key,
        producers ? message.key : null,
        producers ? kept.firstVersion() : 0,
        kept.origin() instanceof Origin.Buried letter ? letter : null,
        kept.payload(),
        kept.expires(),
        topic.settings().nearestPriority(kept.priority()),
        message.attempts,
        nack(message),
        kept.publishedAtMillis());
  }

  private @Nullable DeadMessage plain(Outstanding message) {
    if (!finder.find(message.priority, message.entryId, message.id)
        || topic.isExpired(finder.endMillis(), nowMillis)) {
      return null;
    }
    return new DeadMessage(
        message.key,
        null,
        0,
        null,
        finder.payload(),
        finder.expires(),
        topic.settings().nearestPriority(message.priority),
        message.attempts,
        nack(message),
        finder.entry().publishedAtMillis());
  }

  private static @Nullable Nack nack(Outstanding message) {
    return message.nack == null ? null : message.nack.nack();
  }
}
