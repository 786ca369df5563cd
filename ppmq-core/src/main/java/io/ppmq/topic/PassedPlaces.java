package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Places that a subscriber's cursors have passed although a message waits there: an older version
 * of its key was out then. Such a place still lies ahead. It is free once nothing with its key is
 * out, and is then taken before all that lies behind it.
 *
 * <p>A key has one place, so there are no more of them than messages were out at once, however many
 * wait. They are not stored separately: see {@link SubscriberQueue#takeProgress}.
 */
final class PassedPlaces {
  /** The log and the id of the place, and the key that waits there. */
  record Passed(Place place, Bytes key) {
    /** Passed for a message that was chosen and not sent. */
    Progress.Unacknowledged saved() {
      return new Progress.Unacknowledged(place.priority(), place.id(), place.id(), 0, 0, key);
    }
  }

  private final Map<Bytes, Place> byKey = new LinkedHashMap<>();
  private final Map<Place, Bytes> keys = new HashMap<>();
  private final SortedMap<Integer, SortedMap<Long, Passed>> free = new TreeMap<>();
  private int freeCount;

  boolean isEmpty() {
    return byKey.isEmpty();
  }

  int count() {
    return byKey.size();
  }

  /** The number of those that wait for a message that is out. */
  int heldCount() {
    return byKey.size() - freeCount;
  }

  boolean isAnyFree() {
    return freeCount > 0;
  }

  boolean has(Place place) {
    return keys.containsKey(place);
  }

  /** All of them, in no order. */
  List<Passed> all() {
    List<Passed> all = new ArrayList<>(byKey.size());
    byKey.forEach((key, place) -> all.add(new Passed(place, key)));
    return all;
  }

  /** The first that is free in any of the logs from this one to before another. */
  @Nullable Passed firstFree(int fromLog, int toLog) {
    Passed first = null;
    for (SortedMap<Long, Passed> log : free.subMap(fromLog, toLog).values()) {
      Passed passed = log.values().iterator().next();
      if (first == null || passed.place().id() < first.place().id()) {
        first = passed;
      }
    }
    return first;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Passes a place whose key is out. */
  void add(Place place, Bytes key) {
    byKey.put(key, place);
    keys.put(place, key);
  }

  /** Adds passed places for whose keys nothing is out, or counts as out. */
  void addFree(Iterable<Passed> places) {
    for (Passed passed : places) {
      add(passed.place(), passed.key());
      back(passed.key());
    }
  }

  /** Forgets a place; false when it is none of them. */
  boolean remove(Place place) {
    Bytes key = keys.get(place);
    if (key == null) {
      return false;
    }
    out(key);
    keys.remove(place);
    byKey.remove(key);
    return true;
  }

  void clear() {
    byKey.clear();
    keys.clear();
    free.clear();
    freeCount = 0;
  }

  /** A message with this key is out. */
  void out(Bytes key) {
    Place place = placeOf(key);
    SortedMap<Long, Passed> log = place == null ? null : free.get(place.priority());
    if (place != null && log != null && log.remove(place.id()) != null) {
      freeCount--;
      if (log.isEmpty()) {
        free.remove(place.priority());
      }
    }
  }

  /** Nothing with this key is out any more. */
  void back(Bytes key) {
    Place place = placeOf(key);
    if (place != null) {
      SortedMap<Long, Passed> log =
          free.computeIfAbsent(place.priority(), priority -> new TreeMap<>());
      freeCount += log.put(place.id(), new Passed(place, key)) == null ? 1 : 0;
    }
  }

  private @Nullable Place placeOf(Bytes key) {
    return byKey.isEmpty() ? null : byKey.get(key); // nearly always, so the key is not looked at
  }
}
