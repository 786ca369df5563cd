package io.ppmq.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of one topic that came over one connection: those that wait for a handler, and those
 * that a handler has or had and that are neither acknowledged nor nacked. A key is in each of them
 * once at most, so however often the broker delivers, a lane holds no more than is out. Guarded by
 * the lock of {@link Handling}.
 */
final class Lane {
  /** At most this many unsettled messages are remembered after their handlers; the oldest go. */
  private static final int UNSETTLED_MAX = 10_000;

  final String topic;

  /** How many threads are at it or were asked for, and how many of them have something. */
  int threads;

  int busy;

  private final Map<String, Delivery> queued = new LinkedHashMap<>();
  private final Map<String, Delivery> unsettled = new LinkedHashMap<>();
  private long queuedChars;

  Lane(String topic) {
    this.topic = topic;
  }

  /**
   * Takes in delivered messages. A message that waits here already takes the new content and keeps
   * its place. A message that a handler has at this moment counts as the same message when the new
   * one has the same content and one attempt more, since a newer version begins at one: it is not
   * handled twice, and its result counts. Else that result does not count any more.
   */
  void add(Delivery fresh) {
    Delivery held = unsettled.get(fresh.key());
    if (held != null && held.isRunning && isAgain(held.message(), fresh.message())) {
      return;
    }
    unsettled.remove(fresh.key());
    Delivery older = queued.put(fresh.key(), fresh);
    queuedChars += chars(fresh) - (older == null ? 0 : chars(older));
  }

  private static boolean isAgain(ReceivedMessage held, ReceivedMessage fresh) {
    return fresh.attempt() > held.attempt()
        && fresh.payload().equals(held.payload())
        && fresh.priority() == held.priority();
  }

  private static long chars(Delivery delivery) {
    return (long) delivery.payload().length() + delivery.key().length();
  }

  /** The next messages for a handler, {@code max} at most; they are unsettled then. */
  List<Delivery> next(int max) {
    List<Delivery> next = new ArrayList<>();
    Iterator<Delivery> waiting = queued.values().iterator();
    while (next.size() < max && waiting.hasNext()) {
      Delivery delivery = waiting.next();
      waiting.remove();
      queuedChars -= chars(delivery);
      delivery.isRunning = true;
      unsettled.put(delivery.key(), delivery);
      next.add(delivery);
    }
    return next;
  }

  /** The handler has returned; messages that it left unsettled may be settled later. */
  void handled(List<Delivery> handled) {
    for (Delivery delivery : handled) {
      delivery.isRunning = false;
    }
    Iterator<Delivery> oldest = unsettled.values().iterator();
    while (unsettled.size() > UNSETTLED_MAX && oldest.hasNext()) {
      if (!oldest.next().isRunning) {
        oldest.remove();
      }
    }
  }

  boolean isOut(Delivery delivery) {
    return unsettled.get(delivery.key()) == delivery;
  }

  /** Whether a word about it counts, and no further one will. */
  boolean settle(Delivery delivery) {
    return unsettled.remove(delivery.key(), delivery);
  }

  /** Settles those of these messages that are here, and returns them. */
  List<String> settle(Collection<String> keys) {
    List<String> here = new ArrayList<>();
    for (String key : keys) {
      Delivery waiting = queued.remove(key);
      queuedChars -= waiting == null ? 0 : chars(waiting);
      if (unsettled.remove(key) != null || waiting != null) {
        here.add(key);
      }
    }
    return here;
  }

  /** Which of these are here. */
  List<String> held(Collection<String> keys) {
    return keys.stream()
        .filter(key -> queued.containsKey(key) || unsettled.containsKey(key))
        .toList();
  }

  int queued() {
    return queued.size();
  }

  long queuedChars() {
    return queuedChars;
  }

  /** Whether all that came is settled. */
  boolean isDone() {
    return queued.isEmpty() && unsettled.isEmpty();
  }

  void dropQueued() {
    queued.clear();
    queuedChars = 0;
  }

  void dropAll() {
    dropQueued();
    unsettled.clear();
  }
}
