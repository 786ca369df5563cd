package io.ppmq.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The workers that are connected, as far as the writer has heard, and which of them are free. */
final class ExpectedWorkers {
  private final Ledger ledger;
  private final Map<Worker, Long> connected = new LinkedHashMap<>();
  private final Set<Worker> opening = new HashSet<>();
  private final Set<Worker> pushedTo = new HashSet<>();

  /** Places that may be sent nothing any more, and go when nothing is out with them. */
  private final Set<Worker> leaving = new HashSet<>();

  private Map<String, Integer> places = Map.of();

  ExpectedWorkers(Ledger ledger) {
    this.ledger = ledger;
  }

  /** The broker connects to it. */
  void opening(Worker place) {
    opening.add(place);
  }

  /** The writer has heard that it is there, or takes other topics from now on. */
  void connected(Worker worker) {
    boolean opened = opening.remove(worker);
    if (opened || !worker.isPlace()) { // else a reload of that turn gave the place up
      connected.put(worker, ledger.clock.elapsedNanos());
    }
  }

  /** The writer has heard that it is there no more. */
  void gone(Worker worker) {
    opening.remove(worker);
    connected.remove(worker);
    pushedTo.remove(worker);
    leaving.remove(worker);
  }

  /**
   * Each subscriber has this many places from now on; which ones go where there were more is not
   * known.
   */
  void configure(Map<String, Integer> next) {
    Set<Worker> there = new HashSet<>(opening);
    there.addAll(connected.keySet());
    for (Worker worker : there) {
      String subscriber = worker.subscriber();
      if (worker.isPlace()
          && next.getOrDefault(subscriber, 1) < places.getOrDefault(subscriber, 1)) {
        leaving.add(worker);
      }
    }
    places = next;
  }

  /** A batch is being pushed to it. */
  void pushing(Worker worker) {
    pushedTo.add(worker);
  }

  /** The writer has heard that it was pushed whole. */
  void pushed(Worker worker) {
    pushedTo.remove(worker);
  }

  /** The broker is gone. */
  void allGone() {
    opening.clear();
    connected.clear();
    pushedTo.clear();
    leaving.clear();
  }

  boolean isConnected(Worker worker) {
    return connected.containsKey(worker);
  }

  /** Those that take what is in a queue, are connected, and are not being sent anything. */
  List<Worker> idle(ExpectedQueue queue) {
    List<Worker> idle = new ArrayList<>();
    for (Worker worker : connected.keySet()) {
      if (worker.subscriber().equals(queue.subscriber)
          && worker.takes(queue.topic)
          && !pushedTo.contains(worker)) {
        idle.add(worker);
      }
    }
    return idle;
  }

  /** Those of them that do not go. */
  List<Worker> staying(ExpectedQueue queue) {
    List<Worker> staying = idle(queue);
    staying.removeAll(leaving);
    return staying;
  }

  /** Those of them with which nothing of the queue is out, for sure. */
  List<Worker> free(ExpectedQueue queue) {
    List<Worker> free = staying(queue);
    free.removeIf(worker -> !queue.with(worker).isFree());
    return free;
  }

  /** Since when it is free at most. */
  long freeSinceNanos(ExpectedQueue queue, Worker worker) {
    return Math.max(queue.with(worker).freeNanos(), connected.getOrDefault(worker, 0L));
  }
}
