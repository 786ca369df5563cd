package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RequeueOnRocksStoreTest extends RequeueContract {
  @TempDir Path directory;

  @Override
  Store create() {
    return RocksStore.open(
        directory.resolve("store"),
        1 << 20,
        warning -> {
          throw new IllegalStateException(warning);
        });
  }
}
