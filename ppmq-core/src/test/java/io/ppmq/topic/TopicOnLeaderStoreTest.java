package io.ppmq.topic;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.LeaderStore;
import io.ppmq.store.rocksdb.LeaderStore.When;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What was committed last is under way to the store all the time. */
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
