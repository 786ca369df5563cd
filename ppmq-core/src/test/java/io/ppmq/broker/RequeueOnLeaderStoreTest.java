package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.LeaderStore;
import io.ppmq.store.rocksdb.LeaderStore.When;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The last commit is always under way to the store. */
class RequeueOnLeaderStoreTest extends RequeueContract {
  @TempDir Path directory;

  @Override
  Store create() {
    return LeaderStore.open(directory.resolve("store"), 1 << 20, When.WITH_THE_NEXT);
  }
}
