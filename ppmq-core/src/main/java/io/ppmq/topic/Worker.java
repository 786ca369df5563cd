package io.ppmq.topic;

/**
 * A worker of a subscriber in one topic: it has at most one batch out. The code that connects a
 * subscriber makes one for each place at which a batch can be out, and passes it in its calls to
 * the topic. Owned by the thread that owns the topic.
 */
public final class Worker {
  final WorkerIdentity identity = new WorkerIdentity();
  private BatchOut batch = new BatchOut();
  private boolean begun;

  /** Whether a batch is out with it. */
  public boolean isBusy() {
    return batch.inFlight() > 0;
  }

  /** A batch is being chosen for it; its last batch is no longer out. */
  void begin(BatchOut next) {
    batch = next;
    begun = true;
  }

  /** Whether a batch was ever chosen for it. */
  boolean hasBegun() {
    return begun;
  }

  /** The batch that was chosen last for it. */
  BatchOut batch() {
    return batch;
  }
}
