package io.ppmq.broker.commit;

import io.ppmq.store.Store;
import io.ppmq.topic.Ids;

/**
 * The sequence of ids, none of which ever comes twice, even after a crash: ids are handed out only
 * from a range that was reserved on the disk beforehand, and a new process begins above everything
 * that was ever reserved.
 */
public final class IdSequence implements Ids {
  /** A reservation costs a sync, so there is one for this many ids. */
  private static final long RESERVED = 1L << 24;

  private final Store store;
  private long next;
  private long reservedTo;

  public IdSequence(Store store) {
    this.store = store;
    this.next = store.firstFreeId();
    this.reservedTo = next;
  }

  @Override
  public long take(int count) {
    reserve(count);
    long first = next;
    next += count;
    return first;
  }

  /**
   * Makes sure that {@code count} ids can be taken.
   *
   * @throws io.ppmq.store.StoreException when they could not be reserved; none is used then
   */
  public void reserve(int count) {
    if (next + count > reservedTo) {
      long upTo = next + count + RESERVED;
      store.reserveIds(upTo);
      reservedTo = upTo;
    }
  }

  /** The first id that was not given yet. */
  long next() {
    return next;
  }
}
