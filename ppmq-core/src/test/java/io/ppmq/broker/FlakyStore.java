package io.ppmq.broker;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import org.jspecify.annotations.Nullable;

/** A store whose disk fails as often as a test asks. */
public final class FlakyStore extends ForwardingStore {
  private int commits;
  private int commitsToFail;
  private int syncsToFail;
  private @Nullable String shortage;
  private long diskCapacityBytes;
  private long takenBytes;

  FlakyStore(Store store) {
    super(store);
  }

  /** The number of successful commits. */
  int commits() {
    return commits;
  }

  /** Makes the next commits fail. */
  void failCommits(int count) {
    commitsToFail = count;
  }

  /** Refuses messages for lack of room, for this reason; null ends it. */
  void lackRoom(@Nullable String reason) {
    shortage = reason;
  }

  /** Makes the next syncs fail. Call it while no other thread syncs. */
  public void failSyncs(int count) {
    syncsToFail = count;
  }

  /**
   * Reports a disk of this size, and about this much of it used by waiting messages, to every
   * caller.
   */
  void beOnDisk(long capacityBytes, long bytes) {
    diskCapacityBytes = capacityBytes;
    takenBytes = bytes;
  }

  @Override
  public TopicStore topic(String name) {
    return new ForwardingTopicStore(super.topic(name)) {
      @Override
      public long diskBytes(int priority, long from) {
        return takenBytes;
      }
    };
  }

  @Override
  public long diskCapacityBytes() {
    return diskCapacityBytes;
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return shortage;
  }

  @Override
  public void commit() {
    if (commitsToFail > 0) {
      commitsToFail--;
      throw new StoreException("no space left on the disk");
    }
    super.commit();
    commits++;
  }

  @Override
  public void sync() {
    if (syncsToFail > 0) {
      syncsToFail--;
      throw new StoreException("the disk does not answer");
    }
    super.sync();
  }
}
