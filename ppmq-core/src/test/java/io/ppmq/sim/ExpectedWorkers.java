package io.ppmq.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The workers that are connected, as far as the writer knows, and which of them are free. */
final class ExpectedWorkers {
  private final Ledger ledger;
  private final Map<Worker, Long> connected = new LinkedHashMap<>();
  private final Set<Worker> opening = new HashSet<>();
  private final Set<Worker> pushedTo = new HashSet<>();

  /** Places that are sent nothing more, and close when nothing is in flight with them. */
  private final Set<Worker> leaving = new HashSet<>();

  private Map<String, Integer> places = Map.of();

  ExpectedWorkers(Ledger ledger) {
    this.ledger = ledger;
  }

  /** The broker connects to the place. */
  void opening(Worker place) {
    opening.add(place);
  }

  /** The writer has learned of the worker, or of its other topics from now on. */
  void connected(Worker worker) {
    boolean opened = opening.remove(worker);
    if (opened || !worker.isPlace()) { // otherwise a reload of that turn gave the place up
      connected.put(worker, ledger.clock.elapsedNanos());
    }
  }

  /** The writer has learned that the worker is gone. */
  void gone(Worker worker) {
    opening.remove(worker);
    connected.remove(worker);
    pushedTo.remove(worker);
    leaving.remove(worker);
  }

  /**
   * Each subscriber has this many places from now on; it is not known which places beyond that
   * close.
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

  /** A batch is being pushed to the worker. */
  void pushing(Worker worker) {
    pushedTo.add(worker);
  }

  /** The writer has learned that the batch was pushed completely. */
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

  /** The connected workers that take a queue's messages and are not being pushed to. */
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

  /** Those of them that do not close. */
  List<Worker> staying(ExpectedQueue queue) {
    List<Worker> staying = idle(queue);
    staying.removeAll(leaving);
    return staying;
  }

  /** Those of them with which certainly nothing of the queue is in flight. */
  List<Worker> free(ExpectedQueue queue) {
    List<Worker> free = staying(queue);
    free.removeIf(worker -> !queue.with(worker).isFree());
    return free;
  }

  /** The latest time since which the worker is free. */
  long freeSinceNanos(ExpectedQueue queue, Worker worker) {
    return Math.max(queue.with(worker).freeNanos(), connected.getOrDefault(worker, 0L));
  }
}
