package io.ppmq.sim;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The real database in a directory. It is closed and reopened; it cannot lose its power here. */
final class RocksDisk extends SimDisk {
  private final Path directory;

  RocksDisk(Path directory) {
    this.directory = directory;
  }

  @Override
  Store open() {
    return RocksStore.open(
        directory,
        1,
        warning -> {
          throw new IllegalStateException(warning);
        });
  }

  @Override
  void written(Store store, String topic, Consumer<Store> change) {}

  @Override
  void reserved(long upTo) {}

  @Override
  void synced(long attempt) {}

  @Override
  void killed() {}

  @Override
  void powerLost() {}
}
