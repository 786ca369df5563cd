package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a batch before it goes out: whether it is the right one, and everything in it is right.
 */
final class DeliveryCheck {
  private static final Integer NOBODYS = -1;

  private final Ledger ledger;
  private final Map<String, Map<Bytes, Integer>> brokerKeys = new HashMap<>();
  private final Map<String, Set<Bytes>> producerKeys = new HashMap<>();

  DeliveryCheck(Ledger ledger) {
    this.ledger = ledger;
  }

  /** The message that a key of the broker names; null if there is none. */
  @Nullable Integer numberOf(String topic, Bytes key) {
    return brokerKeys.getOrDefault(topic, Map.of()).get(key);
  }

  /** The messages of a batch, as the queue knows them. */
  List<Item> items(Batch batch, ExpectedQueue queue, TopicSettings topic) {
    List<Item> items = new ArrayList<>();
    Set<Bytes> keys = new HashSet<>();
    for (Delivery delivery : batch.deliveries()) {
      int number = ledger.numberOf(batch.topic(), delivery.key(), delivery.payload());
      Item item = queue.find(number);
      if (item == null) {
        Published message = ledger.published().get(number);
        throw new Violation(
            Invariant.FAITHFUL,
            message
                + " of "
                + message.topic
                + " is delivered, but was never in the queue of "
                + queue);
      }
      if (!keys.add(delivery.key())) {
        throw new Violation(
            Invariant.NO_KEY_TWICE,
            "the key " + delivery.key().text() + " occurs twice in " + batch);
      }
      checkAlone(delivery, item, topic);
      items.add(item);
    }
    return items;
  }

  private void checkAlone(Delivery delivery, Item item, TopicSettings topic) {
    Published message = item.message;
    if (item.state == Item.State.ACKNOWLEDGED && !item.unsure) {
      throw new Violation(
          Invariant.NO_ACKED_AGAIN, item + " is delivered after its acknowledgement");
    }
    if (!isCommitted(item, ledger.disk.kept())) {
      throw new Violation(
          Invariant.NO_PUSH_OF_UNCOMMITTED, item + " is delivered before its commit");
    }
    if (item.state == Item.State.PURGED && !item.unsure) {
      throw new Violation(Invariant.NOTHING_PURGED_AGAIN, item + " is delivered after its purge");
    }
    if (item.state == Item.State.EVICTED || item.evictedBy != null) {
      throw new Violation(Invariant.BOUND_KEPT, item + " is delivered after its eviction");
    }
    if (item.state == Item.State.REPLACED && !item.unsure) {
      throw new Violation(
          Invariant.NEWEST_VERSION_ONLY, item + " is delivered after a newer version replaced it");
    }
    boolean younger = item.isRequeued() && message.message.expires() == null; // by its age only
    if (topic.expire() && !younger && message.isExpired(ledger.clock.wallMillis())) {
      throw new Violation(
          Invariant.NOTHING_EXPIRED_DELIVERED, item + " is delivered after its expiry");
    }
    checkKey(delivery, item);
    item.sentAs = delivery.key();
    int priority = topic.nearestPriority(item.priority);
    if (delivery.priority() != priority
        || !delivery.payload().equals(message.message.payload())
        || !java.util.Objects.equals(delivery.expires(), message.message.expires())) {
      throw new Violation(
          Invariant.FAITHFUL, item + " is delivered with other contents: " + delivery);
    }
    if (item.nack != null && item.nack.forbids(ledger.clock.elapsedNanos())) {
      throw new Violation(
          Invariant.NACKS_WAIT, item + " is delivered before the end of " + item.nack);
    }
    int attempt = delivery.attempt();
    item.attempt = attempt;
    int attemptsMax = topic.limits().deliveriesMax();
    if (item.state == Item.State.DEAD
        || (attempt > attemptsMax && attemptsMax > 0 && !item.spared)) {
      throw new Violation(
          Invariant.DEAD_LETTERS,
          item + " is delivered as attempt " + attempt + ", and MaxDeliveries is " + attemptsMax);
    }
    if (attempt > item.pushes + 1 || (item.pushesKnown && attempt <= item.pushes)) {
      throw new Violation(
          Invariant.ATTEMPTS_COUNTED,
          item + " is delivered as attempt " + attempt + " after " + item.pushes + " pushes");
    }
  }

  /** Whether a commit keeps the publish or requeue that queued it. */
  private static boolean isCommitted(Item item, long upTo) {
    return item.queuedBy().survives(upTo, false);
  }

  /** A loss undid the queueing: it gets another key, and this one means nothing. */
  void forgetKey(Published message) {
    brokerKeys
        .getOrDefault(message.topic, new HashMap<>())
        .replaceAll((key, number) -> number == message.number ? NOBODYS : number);
  }

  private void checkKey(Delivery delivery, Item item) {
    Published message = item.message;
    Set<Bytes> producers = producerKeys.computeIfAbsent(message.topic, t -> new HashSet<>());
    Map<Bytes, Integer> brokers = brokerKeys.computeIfAbsent(message.topic, t -> new HashMap<>());
    if (message.keyed) {
      producers.add(delivery.key());
      if (!delivery.key().equals(message.key())) {
        throw new Violation(Invariant.FAITHFUL, item + " is delivered under another key");
      }
    } else {
      Integer other = brokers.putIfAbsent(delivery.key(), message.number);
      if ((other != null && other != message.number) || producers.contains(delivery.key())) {
        throw new Violation(
            Invariant.NO_KEY_TWICE,
            item + " is delivered under " + delivery.key().text() + ", the key of m" + other);
      }
    }
  }

  /** Checks the batch as a whole. */
  void check(
      Batch batch, List<Item> items, ExpectedQueue queue, TopicSettings topic, BatchLimits limits) {
    checkLimits(batch, limits);
    List<Item> ranks = new ArrayList<>();
    items.forEach(item -> ranks.add(rank(queue, item, topic)));
    for (int i = 1; i < ranks.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (precedes(ranks.get(i), ranks.get(j), topic)) {
          throw outOfOrder(queue, items.get(j), items.get(i));
        }
      }
    }
    Set<Item> inBatch = new HashSet<>(items);
    inBatch.addAll(ranks);
    for (Item other : queue.live()) {
      if (!inBatch.contains(other) && isDeliverable(other, queue, topic, items)) {
        for (int i = 0; i < items.size(); i++) {
          if (precedes(other, ranks.get(i), topic)) {
            throw outOfOrder(queue, items.get(i), other);
          }
        }
      }
    }
  }

  private static void checkLimits(Batch batch, BatchLimits limits) {
    long bytes = batch.deliveries().stream().mapToLong(d -> d.payload().length()).sum();
    int count = batch.deliveries().size();
    if (count > 1 && (count > limits.messagesMax() || bytes > limits.payloadBytesMax())) {
      throw new Violation(Invariant.FAITHFUL, batch + " exceeds " + limits);
    }
  }

  /** A version is sent in its own place, or in that of an older one that waits further ahead. */
  static Item rank(ExpectedQueue queue, Item item, TopicSettings topic) {
    Item first = item;
    for (Item older : item.message.keyed ? queue.versions(item.message.key()) : List.<Item>of()) {
      boolean ahead = topic.nearestPriority(older.log) <= topic.nearestPriority(item.log);
      if (older != item && (ahead || older.placeUnknown)) {
        first = item.placeUnknown ? item : older;
      }
    }
    return first;
  }

  /**
   * Whether it could certainly be sent now.
   *
   * @param chosen the messages sent before it
   */
  boolean isDeliverable(
      Item item, ExpectedQueue queue, TopicSettings topic, Collection<Item> chosen) {
    boolean older = false;
    if (item.message.keyed) {
      List<Item> versions = queue.versions(item.message.key());
      older = versions.size() > 1;
    }
    boolean justUp = item.with != null && item.with.isJustUp(ledger.clock.elapsedNanos());
    return item.waits()
        && !older
        && !justUp
        && !item.unsure
        && (item.nack == null || !item.nack.mayHold(ledger.clock.elapsedNanos()))
        && isCommitted(item, ledger.disk.heardOf())
        && !ledger.isGone(item.message, topic)
        && (item.surelySent || !queue.mayTakeNothingNew(topic.limits().nackedMax(), chosen));
  }

  /** Whether one must be sent before the other, whatever the broker may have forgotten. */
  private static boolean precedes(Item a, Item b, TopicSettings topic) {
    int first = topic.nearestPriority(a.log);
    int second = topic.nearestPriority(b.log);
    if (a.placeUnknown || b.placeUnknown || first > second) {
      return false;
    }
    if (first < second) {
      return true;
    }
    if (!a.surelySent && b.pushes > 0 && b.state == Item.State.WAITING) {
      return false; // as far as is known it was not sent, and by 4.8 and 4.11 what was goes first
    }
    boolean sentFirst = a.state == Item.State.WAITING && a.surelySent && b.pushes == 0;
    return sentFirst || (a.place < b.place && (a.log == b.log || b.pushes == 0));
  }

  private static Violation outOfOrder(ExpectedQueue queue, Item sent, Item first) {
    return new Violation(Invariant.PRIORITY_ORDER, queue + " gets " + sent + " before " + first);
  }
}
