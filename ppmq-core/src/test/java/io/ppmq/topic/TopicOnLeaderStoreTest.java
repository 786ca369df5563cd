package io.ppmq.topic;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.LeaderStore;
import io.ppmq.store.rocksdb.LeaderStore.When;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The last commit is always under way to the store. */
class TopicOnLeaderStoreTest extends TopicModelTest {
  @TempDir Path directory;
  private int runs;

  @Override
  Store create() {
    runs++;
    return open();
  }

  private Store open() {
    return LeaderStore.open(directory.resolve("store" + runs), 1, When.WITH_THE_NEXT);
  }

  @Override
  @Nullable Store lose(Store store) {
    store.close();
    return open();
  }

  @Override
  int steps() {
    return 2_000;
  }
}
