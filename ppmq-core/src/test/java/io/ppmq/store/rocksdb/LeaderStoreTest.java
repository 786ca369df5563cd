package io.ppmq.store.rocksdb;

import io.ppmq.store.DelayedContract;
import io.ppmq.store.Store;
import io.ppmq.store.StoreContract;
import io.ppmq.store.rocksdb.LeaderStore.When;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The store of a leader meets the contract of every store, with and without a commit under way. */
final class LeaderStoreTest {
  @TempDir Path directory;
  private int stores;

  private Store open(long firstId, When when) {
    return LeaderStore.open(directory.resolve("store" + stores++), firstId, when);
  }

  @Nested
  final class AppliedAtOnce extends StoreContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(FIRST_ID, When.AT_ONCE);
    }
  }

  @Nested
  final class AppliedLate extends StoreContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(FIRST_ID, When.LATE);
    }
  }

  @Nested
  final class UnderWay extends StoreContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(FIRST_ID, When.WITH_THE_NEXT);
    }
  }

  @Nested
  final class AppliedAndUntold extends StoreContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(FIRST_ID, When.LATE_AND_UNTOLD);
    }
  }

  @Nested
  final class DelayedUnderWay extends DelayedContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(1, When.WITH_THE_NEXT);
    }
  }

  @Nested
  final class DelayedAppliedAndUntold extends DelayedContract {
    @Override
    protected Store open() {
      return LeaderStoreTest.this.open(1, When.LATE_AND_UNTOLD);
    }
  }
}
