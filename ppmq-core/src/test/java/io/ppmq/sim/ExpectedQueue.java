package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicLimits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The known state of one subscriber's queue in one topic. */
final class ExpectedQueue {
  final String topic;
  final String subscriber;
  boolean attached;

  /** Whether the present broker has read which messages are nacked. */
  boolean nacksRead;

  /** Whether that broker has let nacks come due unseen, since the subscriber was removed. */
  boolean nacksUnseen;

  private final Map<Worker, ExpectedBatch> batches = new LinkedHashMap<>();

  private final Map<Integer, Item> items = new HashMap<>();
  private final Map<Integer, Item> live = new LinkedHashMap<>();

  /** Live versions, and the keys under which anything was ever queued. */
  private final Map<Bytes, List<Item>> byKey = new HashMap<>();

  private final Set<Bytes> keys = new HashSet<>();

  /** Keys whose place in the queue is open since a loss. */
  private final Set<Bytes> unclear = new HashSet<>();

  ExpectedQueue(String topic, String subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
  }

  @Nullable Item find(int number) {
    return items.get(number);
  }

  Collection<Item> live() {
    return live.values();
  }

  Collection<Item> all() {
    return items.values();
  }

  int size() {
    return items.size();
  }

  /** The live versions of a producer's key, the older first. */
  List<Item> versions(Bytes key) {
    return List.copyOf(byKey.getOrDefault(key, List.of()));
  }

  /** After a loss: the place of every producer's key that was ever queued is open. */
  void placesUnknown() {
    unclear.addAll(keys);
    for (Item item : live.values()) {
      item.placeUnknown |= item.message.keyed || item.isRequeued();
    }
  }

  /** Whether anything was ever queued with this key. */
  boolean everHad(Bytes key) {
    return keys.contains(key);
  }

  void add(Item item) {
    item.placeUnknown |= item.message.keyed && unclear.contains(item.message.key());
    items.put(item.message.number, item);
    enter(item);
  }

  private void enter(Item item) {
    live.put(item.message.number, item);
    if (item.message.keyed) {
      keys.add(item.message.key());
      byKey.computeIfAbsent(item.message.key(), k -> new ArrayList<>()).add(item);
    }
  }

  void end(Item item, Item.State how, @Nullable Submitted by) {
    if (item.isLive()) {
      boolean clear = item.state == Item.State.SENT && how == Item.State.ACKNOWLEDGED;
      item.end(how, by);
      leave(item);
      if (clear && item.message.keyed && versions(item.message.key()).isEmpty()) {
        unclear.remove(item.message.key());
      }
    }
  }

  private void leave(Item item) {
    live.remove(item.message.number);
    if (item.message.keyed) {
      List<Item> versions = byKey.get(item.message.key());
      versions.remove(item);
      if (versions.isEmpty()) {
        byKey.remove(item.message.key());
      }
    }
  }

  /** The message was never published. */
  void remove(Item item) {
    items.remove(item.message.number);
    if (item.isLive()) {
      leave(item);
    }
  }

  /** The requeue did not happen: the item is what it was when it had died. */
  Item dieAgain(Item item) {
    remove(item);
    Item dead = Objects.requireNonNull(item.dead);
    dead.requeueLost = true;
    items.put(dead.message.number, dead);
    return dead;
  }

  void revive(Item item) {
    item.revive();
    enter(item);
    if (item.message.keyed) {
      byKey.get(item.message.key()).sort((a, b) -> a.message.order - b.message.order);
    }
  }

  // ---- workers --------------------------------------------------------------------------------

  /** The batch in flight with a worker. */
  ExpectedBatch with(Worker worker) {
    return batches.computeIfAbsent(worker, ExpectedBatch::new);
  }

  /** The messages in flight with any worker. */
  Collection<ExpectedBatch> batches() {
    return List.copyOf(batches.values());
  }

  /** A worker is gone; nothing may be in flight with it any more. */
  void forget(Worker worker) {
    batches.remove(worker);
  }

  /** Whether a version waits for an older one in flight, and messages behind it may wait too. */
  boolean isHeldUp(long nowNanos) {
    for (List<Item> versions : byKey.values()) {
      for (Item item : versions.size() > 1 ? versions : List.<Item>of()) {
        boolean out = item.state == Item.State.CHOSEN || item.state == Item.State.SENT;
        if (out && !item.isTimeUp(nowNanos)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether the messages that are nacked, out, or to be sent again may be too many for a new one to
   * be sent (section 4.13 of the specification).
   *
   * @param chosen what is sent now
   */
  boolean mayTakeNothingNew(int nackedMax, Collection<Item> chosen) {
    if (nackedMax == TopicLimits.NACKED_MAX || live().stream().allMatch(i -> i.nack == null)) {
      return false; // more than a life has
    }
    long sent =
        live().stream().filter(i -> i.pushes > 0 || i.state == Item.State.CHOSEN).count()
            + chosen.stream().filter(i -> i.pushes == 0 && i.isLive()).count();
    return sent >= nackedMax || batches.values().stream().anyMatch(ExpectedBatch::mayHoldMore);
  }

  /** Messages not acknowledged in time are to be sent again. */
  void timeUp(long nowNanos) {
    batches.values().forEach(batch -> batch.timeUp(nowNanos));
  }

  @Override
  public String toString() {
    return topic + " for " + subscriber;
  }
}
