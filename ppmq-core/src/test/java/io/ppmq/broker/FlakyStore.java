package io.ppmq.broker;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import org.jspecify.annotations.Nullable;

/** A store whose disk refuses as often as it is told to. */
final class FlakyStore extends ForwardingStore {
  private int commitsToFail;
  private int syncsToFail;
  private @Nullable String shortage;

  FlakyStore(Store store) {
    super(store);
  }

  /** The next commits fail. */
  void failCommits(int count) {
    commitsToFail = count;
  }

  /** There is no room for messages, for this reason; null when there is again. */
  void lackRoom(@Nullable String reason) {
    shortage = reason;
  }

  /** The next syncs fail. To be called while no other thread syncs. */
  void failSyncs(int count) {
    syncsToFail = count;
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
