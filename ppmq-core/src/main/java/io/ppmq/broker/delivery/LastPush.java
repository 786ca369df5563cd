package io.ppmq.broker.delivery;

import io.ppmq.store.StoreException;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import org.jspecify.annotations.Nullable;

/**
 * The last push to a subscriber. While the subscriber works on that batch there is time to prepare
 * the next one for the same worker. Owned by the writer's thread.
 */
final class LastPush {
  private @Nullable Subscription subscription;
  private @Nullable WorkerLink worker;

  /** A batch was pushed whole. */
  void note(Subscription pushed, WorkerLink to) {
    subscription = pushed;
    worker = to;
  }

  /** The subscriber has left a topic. */
  void forget(Subscription gone) {
    if (subscription == gone) {
      subscription = null;
    }
  }

  /** A worker is gone. */
  void forget(WorkerLink gone) {
    if (worker == gone) {
      worker = null;
    }
  }

  /** Prepares the next batch, once. An unreadable message is read again when it is chosen. */
  void prepareNext(BatchLimits limits) {
    Subscription last = subscription;
    WorkerLink to = worker;
    subscription = null;
    worker = null;
    if (last == null || to == null || !to.isOpen()) {
      return;
    }
    Batch next;
    try {
      next = last.prepare(to.limits(limits));
    } catch (StoreException e) {
      return;
    }
    if (next != null) {
      to.prepare(next);
    }
  }
}
