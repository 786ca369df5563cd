package io.ppmq.sim;

import io.ppmq.message.Bytes;
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

/** What is known of one subscriber's queue in one topic. */
final class ExpectedQueue {
  final String topic;
  final String subscriber;
  boolean attached;

  /** The batch that is being pushed; null when none is. */
  @Nullable List<Item> pushing;

  boolean redeliverWhenPushed;

  /** How often what was out was to be sent again. */
  int redeliveries;

  /** Whether its last batch was pushed over the connection that is there now. */
  boolean pushedHere;

  /** The batch that was pushed last, and by when it is to be acknowledged; 0 for never. */
  List<Item> out = List.of();

  long deadlineNanos;

  long pushedNanos;

  private final Map<Integer, Item> items = new HashMap<>();
  private final Map<Integer, Item> live = new LinkedHashMap<>();
  private final Map<Bytes, List<Item>> byKey = new HashMap<>();

  /** Keys of which it is open, since a loss, where they wait. */
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

  /** After a loss: of the producers' keys that were ever queued it is open where they wait. */
  void placesUnknown() {
    unclear.addAll(byKey.keySet());
    for (Item item : live.values()) {
      item.placeUnknown |= item.message.keyed || item.isRequeued();
    }
  }

  /** Whether anything with this key was ever queued. */
  boolean everHad(Bytes key) {
    return byKey.containsKey(key);
  }

  void add(Item item) {
    item.placeUnknown |= item.message.keyed && unclear.contains(item.message.key());
    items.put(item.message.number, item);
    enter(item);
  }

  private void enter(Item item) {
    live.put(item.message.number, item);
    if (item.message.keyed) {
      byKey.computeIfAbsent(item.message.key(), k -> new ArrayList<>()).add(item);
    }
  }

  void end(Item item, Item.State how, @Nullable Submitted by) {
    if (item.isLive()) {
      boolean clear = item.state == Item.State.SENT && how == Item.State.ACKNOWLEDGED;
      item.end(how, by);
      leave(item);
      if (clear && item.message.keyed && byKey.get(item.message.key()).isEmpty()) {
        unclear.remove(item.message.key());
      }
    }
  }

  private void leave(Item item) {
    live.remove(item.message.number);
    if (item.message.keyed) {
      byKey.get(item.message.key()).remove(item);
    }
  }

  /** It never was. */
  void remove(Item item) {
    items.remove(item.message.number);
    if (item.isLive()) {
      leave(item);
    }
  }

  /** It was not requeued: it is what it was when it had died. */
  Item dieAgain(Item item) {
    remove(item);
    Item dead = Objects.requireNonNull(item.dead);
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

  /** What is out is to be acknowledged so long after it was pushed, but not before now. */
  void dueIn(long retryMillis, long nowNanos) {
    deadlineNanos =
        retryMillis == 0 ? 0 : Math.max(nowNanos, pushedNanos + retryMillis * 1_000_000);
  }

  /** Whether what is out is not acknowledged in time. */
  boolean isTimeUp(long nowNanos) {
    return deadlineNanos != 0 && nowNanos - deadlineNanos >= 0;
  }

  /** What was not acknowledged in time is to be sent again. */
  void timeUp(long nowNanos) {
    if (isTimeUp(nowNanos)) {
      redeliver();
    }
  }

  /** What was sent is to be sent again. */
  void redeliver() {
    redeliveries++;
    redeliverWhenPushed = pushing != null;
    for (Item item : out) {
      if (item.state == Item.State.SENT) {
        item.state = Item.State.WAITING;
      }
    }
    deadlineNanos = 0;
  }

  @Override
  public String toString() {
    return topic + " for " + subscriber;
  }
}
