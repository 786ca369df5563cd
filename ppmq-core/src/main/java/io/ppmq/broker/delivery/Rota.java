package io.ppmq.broker.delivery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one subscriber and their order: in each topic the free worker that has waited
 * longest is next. Owned by the writer's thread.
 *
 * <p>A subscriber with one worker, which is nearly every one, needs no order and keeps none.
 */
final class Rota {
  private final List<WorkerLink> workers = new ArrayList<>(1);

  /** For each topic that was asked for: all workers, the most recently freed ones last. */
  private final Map<Subscription, List<WorkerLink>> orders = new HashMap<>(2);

  /** Adds a worker. */
  void add(WorkerLink worker) {
    if (workers.size() == 1) {
      workers.get(0).noteFree(); // before the one that comes: this was not noted while it was alone
    }
    workers.add(worker);
    orders.values().forEach(order -> order.add(worker));
  }

  /** Removes a worker. */
  void remove(WorkerLink worker) {
    workers.remove(worker);
    orders.values().forEach(order -> order.remove(worker));
    if (workers.size() <= 1) {
      orders.clear();
    }
  }

  /** The subscriber no longer has a part in a topic. */
  void leave(Subscription subscription) {
    orders.remove(subscription);
    workers.forEach(worker -> worker.leave(subscription));
  }

  /** All workers. */
  List<WorkerLink> workers() {
    return workers;
  }

  private List<WorkerLink> order(Subscription subscription) {
    return workers.size() <= 1
        ? workers
        : orders.computeIfAbsent(subscription, asked -> new ArrayList<>(workers));
  }

  /** Notes which workers have become free in a topic since this was called last. */
  void look(Subscription subscription) {
    if (workers.size() <= 1) {
      return;
    }
    List<WorkerLink> order = order(subscription);
    List<WorkerLink> free = null;
    for (WorkerLink worker : order) {
      if (worker.hasBecomeFree(subscription)) {
        free = free == null ? new ArrayList<>(1) : free;
        free.add(worker);
      }
    }
    if (free != null) {
      order.removeAll(free);
      order.addAll(free);
    }
  }

  /** Whether a batch of a topic can be chosen for any worker, connected or not. */
  boolean hasFree(Subscription subscription) {
    for (WorkerLink worker : workers) {
      if (worker.isFree(subscription)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The connected worker that has waited longest for a batch of a topic; null when none is free.
   */
  @Nullable WorkerLink longestFree(Subscription subscription) {
    for (WorkerLink worker : order(subscription)) {
      if (worker.isOpen() && worker.isFree(subscription)) {
        return worker;
      }
    }
    return null;
  }

  /** Whether any worker is connected. */
  boolean hasOpen() {
    for (WorkerLink worker : workers) {
      if (worker.isOpen()) {
        return true;
      }
    }
    return false;
  }
}
