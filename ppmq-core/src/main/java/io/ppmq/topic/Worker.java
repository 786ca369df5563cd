package io.ppmq.topic;

/**
 * A worker of a subscriber in one topic: it has at most one batch out. The code that connects a
 * subscriber makes one for each place at which a batch can be out, and passes it in its calls to
 * the topic. Owned by the thread that owns the topic.
 */
public final class Worker {
  final WorkerIdentity identity = new WorkerIdentity();
  private BatchOut batch = new BatchOut();
  private int batches;

  /** The highest id of a message of its first batch; 0 before that was pushed. */
  private long firstIds;

  /** Whether a batch is out with it. */
  public boolean isBusy() {
    return batch.inFlight() > 0;
  }

  /** A batch is being chosen for it; its last batch is no longer out. */
  void begin(BatchOut next) {
    batch = next;
    batches += batches < 2 ? 1 : 0; // whether it is the first is all that matters
  }

  /** A message of its batch was sent to it. */
  void sent(long id) {
    if (batches == 1) {
      firstIds = Math.max(firstIds, id);
    }
  }

  /**
   * Whether it may have been sent an older version of the message that was stored with this id. It
   * cannot have been, if it was sent nothing yet, or its first batch was chosen when this version
   * was stored already: the older one was not sent any more then.
   */
  boolean mayHaveOlderThan(long version) {
    return batches > 0 && version > firstIds;
  }

  /** The batch that was chosen last for it. */
  BatchOut batch() {
    return batch;
  }
}
