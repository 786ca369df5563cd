package io.ppmq.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of one topic that came over one connection and are not settled: those that wait for
 * a handler, and those that a handler has or had. Each of the two groups holds a key at most once,
 * so a lane holds no more than is out, however often the broker delivers. Guarded by the lock of
 * {@link Handling}.
 */
final class Lane {
  /**
   * The bound on unsettled messages remembered after their handlers returned; the oldest go first.
   */
  private static final int UNSETTLED_MAX = 10_000;

  final String topic;

  /**
   * The threads that work on the lane or are requested for it; {@code busy} of them have messages.
   */
  int threads;

  int busy;

  private final Map<String, Delivery> queued = new LinkedHashMap<>();
  private final Map<String, Delivery> unsettled = new LinkedHashMap<>();
  private long queuedChars;

  Lane(String topic) {
    this.topic = topic;
  }

  /**
   * Adds a delivered message. When its key already waits, the new content takes the old place. When
   * a handler has the message at this moment, and the new delivery has the same content and one
   * attempt more, it is the same message (a newer version begins at attempt 1): it is not handled
   * twice, and the running handler's result counts. Otherwise that result no longer counts.
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

  /** Removes the next messages for a handler, at most {@code max}, and marks them unsettled. */
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

  /** Notes that the handler has returned; messages that it left unsettled may be settled later. */
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

  /** Settles a delivery; returns whether its result counts. No later result will. */
  boolean settle(Delivery delivery) {
    return unsettled.remove(delivery.key(), delivery);
  }

  /** Settles those of the keys that the lane holds, and returns them. */
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

  /** Those of the keys that the lane holds. */
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

  /** Whether all delivered messages are settled. */
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
