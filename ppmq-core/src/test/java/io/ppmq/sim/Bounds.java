package io.ppmq.sim;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages that a topic with a bound may accept, refuse and drop. If a loss left the retained
 * amount open, it has a least and a most value.
 */
final class Bounds {
  /** Messages and bytes. */
  private record Room(long messages, long bytes) {
    Room plus(Room other) {
      return new Room(messages + other.messages, bytes + other.bytes);
    }

    /** Whether there is room; a value that needs no more than exists always fits. */
    boolean leavesRoomFor(Room need, TopicLimits limits) {
      return new Room(
              need.messages > 0 ? messages + need.messages : 0,
              need.bytes > 0 ? bytes + need.bytes : 0)
          .isWithin(limits);
    }

    boolean isWithin(TopicLimits limits) {
      return (limits.messagesMax() == 0 || messages <= limits.messagesMax())
          && (limits.bytesMax() == 0 || bytes <= limits.bytesMax());
    }
  }

  private static final Room NONE = new Room(0, 0);

  /** The items of all queues that are one retained message. */
  private static final class Retained {
    final List<Item> items = new ArrayList<>();
    Room room = NONE;
    Room least = NONE;
    boolean sure;
    int priority;
    long place = Long.MAX_VALUE;
    boolean placeUnknown;
  }

  private final Ledger ledger;
  private final Delays delays;

  /** The time of the last burial of letters, and the room that was made for them. */
  private long buriedNanos = -1;

  private Room burying = NONE;

  /**
   * By topic: the messages that died of a nack in this turn, which count as retained until its end.
   */
  private final Map<String, Room> dying = new HashMap<>();

  Bounds(Ledger ledger, Delays delays) {
    this.ledger = ledger;
    this.delays = delays;
  }

  // ---- what comes in --------------------------------------------------------------------------

  /**
   * The topic has no subscribers, so only delayed messages are kept; but room may also be made for
   * messages whose moment has come.
   */
  void passed(TopicSettings topic, List<Published> messages) {
    if (topic.limits().whenFull() == WhenFull.DROP_OLDEST) {
      List<Published> late = messages.stream().filter(m -> m.message.delay() != null).toList();
      makeRoom(topic, mostNeed(late, topic), false);
    }
  }

  /** These messages are about to be published: there must be room, or room is made. */
  void admit(TopicSettings topic, List<Published> messages) {
    if (!topic.limits().isBounded() || messages.isEmpty()) {
      return;
    }
    Room least = leastNeed(topic, messages);
    if (topic.limits().whenFull() == WhenFull.DROP_OLDEST) {
      if (!delayed(topic).leavesRoomFor(least, topic.limits())) {
        throw new Violation(
            Invariant.BOUND_KEPT,
            messages + " are accepted, although the delayed messages fill the topic");
      }
      makeRoom(topic, mostNeed(messages, topic), !topic.dedupe());
    } else if (!least(topic).leavesRoomFor(least, topic.limits())) {
      throw new Violation(
          Invariant.BOUND_KEPT,
          messages + " are accepted beyond the bound of " + topic.limits().bound());
    }
  }

  /**
   * A dead letter is about to be written: no bound refuses it, but it may displace other messages.
   */
  void bury(TopicSettings topic, Published letter) {
    if (topic.limits().isBounded() && topic.limits().whenFull() == WhenFull.DROP_OLDEST) {
      boolean more = buriedNanos == ledger.clock.elapsedNanos();
      buriedNanos = ledger.clock.elapsedNanos();
      burying = (more ? burying : NONE).plus(new Room(1, size(letter, true)));
      makeRoom(topic, burying, false); // for all letters buried together, and others
    }
  }

  /** A message dies of a nack, and there is no topic for its letter. */
  void dies(TopicSettings topic, Published message) {
    dying.merge(topic.name(), new Room(1, size(message, message.keyed)), Room::plus);
  }

  /** A turn is over. */
  void turnIsOver() {
    dying.clear();
  }

  /** A dead message is queued again: a bound may refuse it, or it displaces others. */
  void admitAgain(TopicSettings topic, Published message) {
    if (topic.limits().isBounded() && topic.limits().whenFull() == WhenFull.DROP_OLDEST) {
      makeRoom(topic, new Room(1, size(message, true)), false);
    }
  }

  /** The broker refuses to publish these messages. */
  void checkRefusal(String name, List<Published> messages, ErrorCode code) {
    TopicSettings topic = ledger.settings().get(name);
    if (topic == null) {
      return;
    }
    Room need = mostNeed(messages, topic);
    boolean evicts = topic.limits().whenFull() == WhenFull.DROP_OLDEST;
    boolean fits =
        switch (code) {
          case TOPIC_FULL ->
              (evicts ? delayed(topic) : most(topic).plus(dying.getOrDefault(name, NONE)))
                  .plus(need)
                  .isWithin(topic.limits());
          case TOO_LARGE -> need.isWithin(topic.limits());
          case DENIED -> !ledger.isClosed(name) && !ledger.isClosing(name);
          default -> false;
        };
    if (fits) {
      throw new Violation(
          Invariant.BOUND_KEPT, messages + " are refused as " + code + ", although there is room");
    }
  }

  /** A producer's key counts; the key that the broker gave to a dead letter does not. */
  private static long size(Published message, boolean keyed) {
    Bytes payload = message.message.payload();
    Bytes key = keyed && !Letter.isOne(payload) ? message.key() : null;
    return (long) payload.length() + (key == null ? 0 : key.length());
  }

  private static Room mostNeed(List<Published> messages, TopicSettings topic) {
    Room need = NONE;
    for (Published message : messages) {
      need = need.plus(new Room(1, size(message, topic.dedupe())));
    }
    return need;
  }

  /** Without messages whose keys may exist already or occur again. */
  private static Room leastNeed(TopicSettings topic, List<Published> messages) {
    Room need = NONE;
    for (Published message : messages) {
      if (!topic.dedupe() || message.message.key() == null) {
        need = need.plus(new Room(1, size(message, false)));
      }
    }
    return messages.stream().anyMatch(m -> topic.dedupe() && m.message.key() != null)
        ? new Room(need.messages, Math.min(0, need.bytes))
        : need;
  }

  // ---- what is there --------------------------------------------------------------------------

  private Room delayed(TopicSettings topic) {
    Room room = NONE;
    for (Published message : delays.of(topic.name())) {
      room = room.plus(new Room(1, size(message, false)));
    }
    return room;
  }

  private Room least(TopicSettings topic) {
    Room room = delayed(topic);
    for (Retained retained : retained(topic)) {
      room = retained.sure ? room.plus(retained.least) : room;
    }
    return room;
  }

  private Room most(TopicSettings topic) {
    Room room = delayed(topic);
    for (Retained retained : retained(topic)) {
      room = room.plus(retained.room);
    }
    return room;
  }

  /** All messages that may be retained, in the order in which they would be dropped. */
  private List<Retained> retained(TopicSettings topic) {
    ledger.noteDropped();
    Map<Object, Retained> all = new LinkedHashMap<>();
    for (ExpectedQueue queue : ledger.queuesOf(topic.name())) {
      for (Item item : queue.live()) {
        add(all.computeIfAbsent(id(item), i -> new Retained()), item, topic);
      }
    }
    List<Retained> ordered = new ArrayList<>(all.values());
    ordered.sort(
        Comparator.comparing((Retained r) -> !r.placeUnknown)
            .thenComparing(r -> -r.priority)
            .thenComparing(r -> r.place));
    return ordered;
  }

  /** The unit that the broker counts; a requeued message is one for each subscriber (4.14). */
  private static Object id(Item item) {
    if (item.message.keyed) {
      return item.message.key();
    }
    return item.isRequeued() ? item : (Object) item.message.number;
  }

  private void add(Retained retained, Item item, TopicSettings topic) {
    int priority = topic.nearestPriority(item.log);
    if (priority > retained.priority || retained.items.isEmpty()) {
      retained.priority = priority;
      retained.place = item.place;
    } else if (priority == retained.priority) {
      retained.place = Math.min(retained.place, item.place);
    }
    boolean newest = !item.message.keyed || ledger.newest(item.message) == item.message;
    retained.placeUnknown |= item.placeUnknown || !newest || item.unsure;
    retained.sure |= ledger.isOwed(item) && item.message.queued;
    Room room = new Room(1, size(item.message, item.message.keyed));
    retained.room = room.bytes > retained.room.bytes ? room : retained.room;
    retained.least = newest ? room : retained.least;
    retained.items.add(item);
  }

  // ---- dropping the oldest --------------------------------------------------------------------

  /** Drops the oldest messages where they are known; otherwise it stays open which ones exist. */
  private void makeRoom(TopicSettings topic, Room need, boolean needKnown) {
    List<Retained> all = retained(topic);
    boolean known = needKnown && all.stream().allMatch(r -> r.sure && !r.placeUnknown);
    Room room = most(topic).plus(need);
    Submitted by = ledger.nextCommit();
    for (Retained oldest : all) {
      if (room.isWithin(topic.limits())) {
        return;
      }
      if (oldest.sure && !oldest.placeUnknown) {
        room = new Room(room.messages - 1, room.bytes - oldest.least.bytes);
      }
      oldest.items.forEach(item -> drop(topic, item, known, by));
    }
  }

  private void drop(TopicSettings topic, Item item, boolean known, Submitted by) {
    if (known && item.waits()) {
      for (ExpectedQueue queue : ledger.queuesOf(topic.name())) {
        if (queue.find(item.message.number) == item) {
          queue.end(item, Item.State.EVICTED, by);
        }
      }
    } else {
      item.evictedBy = known && item.state == Item.State.SENT ? by : item.evictedBy;
      item.unsure = true;
      item.placeUnknown = true;
      item.mayBeEvicted = true;
    }
  }
}
