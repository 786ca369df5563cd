package io.ppmq.topic;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class TopicOnRocksStoreTest extends TopicModelTest {
  @TempDir Path directory;
  private int stores;

  @Override
  Store create() {
    stores++;
    return open();
  }

  @Override
  Store lose(Store store) {
    store.close();
    return open();
  }

  private Store open() {
    return RocksStore.open(
        directory.resolve("store" + stores),
        1,
        warning -> {
          throw new IllegalStateException(warning);
        });
  }

  @Override
  int steps() {
    return 2_500;
  }
}
